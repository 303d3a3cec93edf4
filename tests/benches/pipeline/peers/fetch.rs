//! Fetches other systems once, by Maven and pip.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

pub const STREAMS: &str = "4.3.1";
const JACKSON: &str = "2.20.0";
pub const QUIX: &str = "3.28.1";
pub const TENZIR: &str = "6.20.0";

/// Says that a folder is whole.
const WHOLE: &str = "whole";

/// Kafka Streams with Jackson, and our count compiled for it.
pub fn streams(cache: &Path) -> Result<PathBuf> {
    let folder = cache.join(format!("kafka-streams-{STREAMS}"));
    if !folder.join(WHOLE).exists() {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("pom.xml"), pom())?;
        let mut maven = Command::new("mvn");
        maven.args(["-q", "-B", "dependency:copy-dependencies"]).current_dir(&folder);
        run(maven.arg(format!("-DoutputDirectory={}", folder.join("lib").display())))?;
        fs::write(folder.join(WHOLE), STREAMS)?;
    }
    let source = folder.join("Count.java");
    fs::write(&source, include_str!("Count.java"))?;
    let mut compiler = Command::new("javac");
    compiler.arg("-cp").arg(format!("{}/lib/*", folder.display())).arg("-d").arg(folder.join("classes"));
    run(compiler.arg(&source))?;
    Ok(folder)
}

/// A Python of its own with Quix Streams, orjson and Tenzir.
pub fn python(cache: &Path) -> Result<PathBuf> {
    let folder = cache.join(format!("python-{QUIX}-{TENZIR}"));
    if !folder.join(WHOLE).exists() {
        fs::create_dir_all(cache)?;
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let packages = [format!("quixstreams=={QUIX}"), "orjson".to_owned(), format!("tenzir=={TENZIR}")];
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet"]).args(packages))?;
        fs::write(folder.join(WHOLE), QUIX)?;
    }
    Ok(folder)
}

fn pom() -> String {
    let dependency = |group: &str, artifact: &str, version: &str| {
        format!(
            "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>\
             </dependency>"
        )
    };
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>sekisho</groupId><artifactId>count</artifactId><version>1</version><packaging>pom</packaging>\
         <dependencies>{}{}</dependencies></project>\n",
        dependency("org.apache.kafka", "kafka-streams", STREAMS),
        dependency("com.fasterxml.jackson.core", "jackson-databind", JACKSON)
    )
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} is not here"))?;
    let told = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&told).trim());
    Ok(())
}
