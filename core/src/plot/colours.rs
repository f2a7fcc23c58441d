/// The colours of a plot, as SVG writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colours {
    /// Behind everything.
    pub back: &'static str,
    /// Lines of the grid.
    pub grid: &'static str,
    /// The title.
    pub text: &'static str,
    /// Labels and numbers.
    pub label: &'static str,
    /// The beginning of a bar.
    pub bar: &'static str,
    /// Its end.
    pub bar_light: &'static str,
    /// Lines through points, and the cumulative line.
    pub line: &'static str,
    /// Series, one after the other.
    pub series: [&'static str; 6],
}

impl Colours {
    /// Those of the window.
    pub const DARK: Self = Self {
        back: "#0f172a",
        grid: "#1e293b",
        text: "#f1f5f9",
        label: "#94a3b8",
        bar: "#10b981",
        bar_light: "#34d399",
        line: "#60a5fa",
        series: ["#34d399", "#60a5fa", "#c084fc", "#fb923c", "#f87171", "#cbd5e1"],
    };
    /// Dark on white, for paper.
    pub const LIGHT: Self = Self {
        back: "#ffffff",
        grid: "#e2e8f0",
        text: "#0f172a",
        label: "#475569",
        bar: "#059669",
        bar_light: "#10b981",
        line: "#2563eb",
        series: ["#059669", "#2563eb", "#9333ea", "#ea580c", "#dc2626", "#475569"],
    };
}
