//! The documents are read on the repository's page, copied from there, and shown by rustdoc: what they show
//! compiles as it is shown, and what they link to is there.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every document with its path from the root of the repository.
fn documents() -> Vec<(String, String)> {
    let docs = std::fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| format!("docs/{}", entry.unwrap().file_name().to_str().unwrap()));
    let names = ["README.md", "SECURITY.md", "CONTRIBUTING.md"].map(str::to_owned);
    let mut documents: Vec<_> = names
        .into_iter()
        .chain(docs.filter(|name| Path::new(name).extension().is_some_and(|it| it == "md")))
        .map(|name| (std::fs::read_to_string(root().join(&name)).unwrap(), name))
        .map(|(text, name)| (name, text))
        .collect();
    documents.sort();
    documents
}

/// The lines of code of a document in Rust, with their numbers.
fn rust_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_rust = false;
    let mut in_block = false;
    text.lines().enumerate().filter_map(move |(number, line)| {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            in_block = !in_block;
            in_rust = in_block && language.starts_with("rust");
            return None;
        }
        in_rust.then_some((number + 1, line))
    })
}

#[test]
fn no_example_has_lines_that_only_rustdoc_hides() {
    let hidden: Vec<String> = documents()
        .iter()
        .flat_map(|(name, text)| {
            rust_lines(text)
                .filter(|(_, line)| {
                    matches!(line.trim_start(), "#") || line.trim_start().starts_with("# ")
                })
                .map(move |(number, line)| format!("{name}:{number}: {line}"))
        })
        .collect();
    assert_eq!(hidden, Vec::<String>::new());
}

/// What a document links to: `](target)` and `[name]: target`, outside of code.
fn targets(text: &str) -> Vec<&str> {
    let mut in_block = false;
    let prose = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        in_block ^= fence;
        !in_block && !fence
    });
    let mut targets = Vec::new();
    for line in prose {
        if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            targets.push(target.trim());
        }
        targets.extend(line.split("](").skip(1).filter_map(|rest| rest.split(')').next()));
    }
    targets.retain(|target| !target.starts_with("https://") && !target.starts_with('#'));
    targets
}

#[test]
fn every_link_to_a_file_finds_it() {
    let mut missing = Vec::new();
    for (name, text) in documents() {
        let folder = root().join(&name).parent().unwrap().to_owned();
        for target in targets(&text) {
            let file = target.split('#').next().unwrap_or(target);
            if !folder.join(file).exists() {
                missing.push(format!("{name}: {target}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// rustdoc shows the README and the manual; a link to a file of the repository would lead nowhere there. So
/// such a link is a reference, and `lib.rs` and `manual.rs` say where it leads in rustdoc.
#[test]
fn every_link_that_rustdoc_shows_leads_to_a_page_of_the_manual() {
    let source =
        |file: &str| std::fs::read_to_string(root().join("auth-core/src").join(file)).unwrap();
    let (library, manual) = (source("lib.rs"), source("manual.rs"));
    for (name, text) in documents() {
        let known = match &*name {
            "README.md" => &library,
            // No rustdoc shows these.
            "CONTRIBUTING.md" | "docs/accounts.md" | "docs/accounts-requirements.md" => continue,
            _ => &manual,
        };
        let lost: Vec<&str> = text
            .lines()
            .filter(|line| {
                line.contains("](") && !line.contains("](https://") && !line.contains("](#")
            })
            .collect();
        assert_eq!(lost, Vec::<&str>::new(), "{name}: write these links as references");
        for line in text.lines() {
            if let Some((reference, target)) =
                line.strip_prefix('[').and_then(|rest| rest.split_once("]: "))
                && !target.starts_with("https://")
            {
                assert!(known.contains(&format!("[{reference}]: ")), "{name}: [{reference}]");
            }
        }
    }
}
