//! The proxies of the environment are used for everything that goes to the Hub, and for its bytes; and what happens
//! when a connection falls silent.

use std::path::PathBuf;

use mistudio_tests::hub::{Fault, LoopbackHub, Repo};
use mistudio_tests::program::{Program, new_workspace};
use mistudio_tests::proxy::Proxy;

const FILE: &str = "train.parquet";

struct Scene {
    _folder: tempfile::TempDir,
    hub: LoopbackHub,
    proxy: Proxy,
    program: Program,
}

fn parquet() -> Vec<u8> {
    let files =
        mistudio_tests::program::contents(&mistudio_tests::program::repository().join("workspace-example")).unwrap();
    let is_data = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "parquet")
            && path.components().any(|part| part.as_os_str() == "files")
    };
    files.into_iter().filter(|(path, _)| is_data(path)).map(|(_, bytes)| bytes).max_by_key(Vec::len).unwrap()
}

fn scene() -> Scene {
    let hub = LoopbackHub::start([Repo::dataset("me/stories").file(FILE, parquet())]).unwrap();
    let (folder, _, program) = new_workspace().unwrap();
    let program = program.with("HF_ENDPOINT", hub.endpoint());
    Scene { _folder: folder, hub, proxy: Proxy::start().unwrap(), program }
}

/// What was asked for through the proxy and at the Hub: of the interface, and of bytes.
fn through(scene: &Scene) -> (usize, usize) {
    let asked = scene.proxy.asked();
    let count = |what: &str| asked.iter().filter(|url| url.contains(what)).count();
    (count("/api/"), count("/cdn/"))
}

#[test]
fn the_proxy_of_the_environment_carries_questions_and_bytes() {
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let scene = scene();
        let program = scene.program.clone().with(variable, scene.proxy.endpoint());
        program.json(&["inspect", "me/stories"]).unwrap();
        let made = program.json(&["download", "me/stories"]).unwrap();
        assert_eq!(made["status"], "ready", "{variable}");
        let (questions, bytes) = through(&scene);
        assert!(questions >= 2 && bytes == 1, "{variable}: {:?}", scene.proxy.asked());
        assert_eq!(scene.hub.requests().len(), scene.proxy.asked().len(), "{variable}: something went past the proxy");
    }
}

#[test]
fn a_host_without_proxy_is_asked_directly() {
    for (proxy, exception) in [("HTTP_PROXY", "NO_PROXY"), ("ALL_PROXY", "no_proxy")] {
        let scene = scene();
        let program = scene.program.clone().with(proxy, scene.proxy.endpoint()).with(exception, "127.0.0.1,localhost");
        program.json(&["download", "me/stories"]).unwrap();
        assert_eq!(scene.proxy.asked(), [""; 0], "{exception}");
    }
    // A proxy for addresses of another kind is none for these.
    let scene = scene();
    let program = scene.program.clone().with("HTTPS_PROXY", scene.proxy.endpoint());
    program.json(&["download", "me/stories"]).unwrap();
    assert_eq!(scene.proxy.asked(), [""; 0]);
}

#[test]
fn a_proxy_that_is_not_there_is_a_network_error() {
    let scene = scene();
    let program = scene.program.clone().with("HTTP_PROXY", "http://127.0.0.1:1");
    let ran = program.run(&["inspect", "me/stories"]).unwrap();
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("Network error: cannot connect to the Hub"), "{}", ran.stderr);
    assert_eq!(scene.hub.requests(), []);
}

#[test]
fn xet_can_be_switched_off_by_the_environment() {
    let bytes = parquet();
    let hub = LoopbackHub::start([Repo::dataset("me/stories").file(FILE, bytes).xet(FILE)]).unwrap();
    for (value, blocks) in [("1", 0), ("0", 1)] {
        let (_folder, root, program) = new_workspace().unwrap();
        let program = program.with("HF_ENDPOINT", hub.endpoint()).with("HF_HUB_DISABLE_XET", value);
        hub.clear_requests();
        program.json(&["download", "me/stories"]).unwrap();
        let asked = hub.requests();
        assert_eq!(asked.iter().filter(|request| request.path.starts_with("/xet/blocks/")).count().min(1), blocks);
        assert_eq!(program.json(&["verify"]).unwrap()["ok"], true);
        // Nothing is kept outside of the workspace.
        assert!(!root.join("no-hf-home").exists());
    }
}

#[test]
#[ignore = "waits out the silence that is allowed, four times"]
fn a_connection_that_falls_silent_ends_in_the_words_of_the_table_and_resume_continues() {
    let scene = scene();
    scene.hub.lasting_fault(FILE, Fault::StallAfter(10_000));
    let ran = scene.program.run(&["download", "me/stories"]).unwrap();
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("Network error: no data for 30 s. Downloaded "), "{}", ran.stderr);
    assert!(ran.stderr.contains("Resume continues from there."), "{}", ran.stderr);
    scene.hub.clear_faults();
    assert_eq!(scene.program.json(&["resume", "stories"]).unwrap()["status"], "ready");
}
