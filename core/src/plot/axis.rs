//! From numbers to places on an axis, and the round numbers that are written along it.

/// How an axis is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Equal steps are equally wide.
    #[default]
    Linear,
    /// Equal factors are equally wide. Numbers below 1 are at its beginning.
    Log,
}

/// Numbers that are written along an axis, about.
const TICKS: f64 = 6.0;

/// An axis from the least to the greatest number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
}

impl Axis {
    /// An axis on which all of these are; numbers that are not finite are passed over.
    pub(super) fn over(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        match scale {
            Scale::Linear => Self { scale, low, high: if high > low { high } else { low + 1.0 } },
            Scale::Log => {
                let low = low.max(1.0);
                Self { scale, low, high: if high > low { high } else { low * 10.0 } }
            }
        }
    }

    /// Where a number is, 0 to 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value.max(self.low) / self.low).ln() / (self.high / self.low).ln(),
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Round numbers along the axis.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => {
                let step = round_step((self.high - self.low) / TICKS);
                let first = (self.low / step).ceil();
                let last = (self.high / step).floor();
                (0..=((last - first).clamp(0.0, 4.0 * TICKS) as u32))
                    .map(|tick| (first + f64::from(tick)) * step)
                    .collect()
            }
            Scale::Log => {
                let first = self.low.log10().ceil() as i32;
                let last = self.high.log10().floor() as i32;
                let every = (f64::from(last - first) / TICKS).ceil().max(1.0) as usize;
                let decades: Vec<f64> = (first..=last).step_by(every).map(|power| 10_f64.powi(power)).collect();
                if decades.len() > 1 { decades } else { vec![self.low, self.high] }
            }
        }
    }
}

/// The next of 1, 2, 5, 10, 20, 50 and so on.
fn round_step(step: f64) -> f64 {
    if !(step.is_finite() && step > 0.0) {
        return 1.0;
    }
    let decade = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * decade >= step * (1.0 - 1e-9)).unwrap_or(10.0);
    factor * decade
}

/// A number as a label: `1.5k`, `20M`.
pub(super) fn label(value: f64) -> String {
    let (scaled, unit) = match value.abs() {
        huge if huge >= 1e15 => return format!("{value:.1e}"),
        large if large >= 1e12 => (value / 1e12, "T"),
        large if large >= 1e9 => (value / 1e9, "G"),
        large if large >= 1e6 => (value / 1e6, "M"),
        large if large >= 1e4 => (value / 1e3, "k"),
        small if small > 0.0 && small < 1e-3 => return format!("{value:.0e}"),
        _ => (value, ""),
    };
    let digits = format!("{scaled:.3}");
    format!("{}{unit}", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_on_the_axis() {
        let ticks = |scale, low, high| Axis::over(scale, [low, high].into_iter()).ticks();
        assert_eq!(ticks(Scale::Linear, 0.0, 100.0), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks(Scale::Log, 1.0, 1000.0), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(ticks(Scale::Log, 20.0, 80.0), [20.0, 80.0]);
        for (low, high) in [(0.0, 0.0), (-5.0, 1e12), (1e-9, 2e-9)] {
            let axis = Axis::over(Scale::Linear, [low, high].into_iter());
            assert!(axis.ticks().len() < 30);
            assert!(axis.ticks().iter().all(|tick| tick.is_finite()));
        }
    }

    #[test]
    fn labels_are_short() {
        for (value, text) in [(0.0, "0"), (0.25, "0.25"), (1500.0, "1500"), (20_000.0, "20k"), (2_500_000.0, "2.5M")] {
            assert_eq!(label(value), text);
        }
    }
}
