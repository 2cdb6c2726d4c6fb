//! The access map as Markdown and as CSV: what they show of a rich router, and that nothing in it
//! becomes markup.
use auth_core::access_map::AccessModel;
use auth_tests::shop::{self, Group, Permission, Role, Scope};
use proptest::prelude::*;

fn model() -> AccessModel {
    shop::routes()
        .access_map()
        .with_vocabulary::<(Role, Permission, Scope, Group)>()
        .model()
        .clone()
}

/// Compares with a file in `tests/snapshots`; `UPDATE_SNAPSHOTS=1` writes it anew.
fn assert_snapshot(name: &str, text: &str) {
    let file = format!("{}/snapshots/{name}", env!("CARGO_MANIFEST_DIR"));
    // The hash follows from source lines; one that changes with them says nothing here.
    let hash = model().hash;
    let text = text.replace(&hash, "sha256:…");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept == text, "{name} differs; UPDATE_SNAPSHOTS=1 writes it anew:\n{text}");
}

#[test]
fn markdown_of_a_rich_router() {
    assert_snapshot("bookshop.md", &model().to_markdown());
}

#[test]
fn csv_of_a_rich_router() {
    assert_snapshot("bookshop.csv", &model().to_csv());
}

#[test]
fn a_map_without_endpoints_is_a_document_too() {
    let map = auth_core::Router::<()>::new().access_map();
    assert!(map.to_markdown().starts_with("# Access map\n\n0 endpoints, 0 public. `sha256:"));
    assert_eq!(map.to_csv().lines().count(), 1);
    assert_eq!(map.to_markdown(), map.model().to_markdown());
}

#[test]
fn what_looks_like_a_mistake_is_listed() {
    let text = model().to_markdown();
    assert!(
        text.contains("- Permissions that no endpoint asks for: `orders:place`, `gift-cards:sell`")
    );
    assert!(text.contains("- Roles that change nothing: `trainee`"));
}

#[test]
fn formulas_do_not_reach_a_spreadsheet() {
    let mut model = model();
    for endpoint in &mut model.endpoints {
        endpoint.path = "=HYPERLINK(\"http://evil\")".to_owned();
        endpoint.public_reason = Some("@SUM(1+1)".to_owned());
        endpoint.method = Some("+1".to_owned());
        if let Some(handler) = &mut endpoint.handler {
            handler.doc = "\t-2+3".to_owned();
        }
    }
    let csv = model.to_csv();
    for line in csv.split("\r\n").skip(1).filter(|line| !line.is_empty()) {
        assert!(line.starts_with(r#""'+1","'=HYPERLINK(""http://evil"")","#), "{line}");
        assert!(line.contains(r#""'@SUM(1+1)""#), "{line}");
        assert!(!line.contains("\"\t"), "{line}");
    }
}

/// The cells of a table row: what is between bars that no backslash escapes.
fn cells(row: &str) -> usize {
    let mut escaped = false;
    let bars = row.chars().filter(|character| {
        let bar = *character == '|' && !escaped;
        escaped = *character == '\\' && !escaped;
        bar
    });
    bars.count().saturating_sub(1)
}

/// Puts a text wherever the model takes one from the application.
fn spread(model: &mut AccessModel, text: &str) {
    for endpoint in &mut model.endpoints {
        endpoint.path = text.to_owned();
        endpoint.text = text.to_owned();
        if endpoint.public_reason.is_some() {
            endpoint.public_reason = Some(text.to_owned());
        }
        for check in &mut endpoint.checks {
            check.name = text.to_owned();
            check.sentence = text.to_owned();
        }
        for set in &mut endpoint.minimal_sets {
            set.grants.roles.iter_mut().for_each(|name| *name = text.to_owned());
            set.grants.scopes.iter_mut().for_each(|name| *name = text.to_owned());
        }
        if let Some(handler) = &mut endpoint.handler {
            handler.doc = text.to_owned();
            handler.module = text.to_owned();
        }
    }
    for role in &mut model.vocabulary.roles {
        role.name = text.to_owned();
        role.doc = text.to_owned();
    }
}

/// Lines by what they begin with, as a Markdown reader takes them.
fn shape(text: &str) -> Vec<(&'static str, usize)> {
    text.lines()
        .map(|line| match line {
            "" => ("blank", 0),
            line if line.starts_with('|') => ("row", cells(line)),
            line if line.starts_with('#') => {
                ("heading", line.chars().take_while(|it| *it == '#').count())
            }
            line if line.starts_with("- ") => ("item", 0),
            _ => ("text", 0),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// With any text of the application the document keeps its shape: no line, heading, item or
    /// cell more than with a plain word.
    #[test]
    fn no_text_becomes_markup(text in r#"x[|`\\\n\r*_#<>&\[\]()!~ \-+1.=$:"'\u{2028}é]{0,12}x"#) {
        let (mut plain, mut odd) = (model(), model());
        spread(&mut plain, "x");
        spread(&mut odd, &text);
        prop_assert_eq!(shape(&plain.to_markdown()), shape(&odd.to_markdown()), "{}", odd.to_markdown());
    }

    /// And so does the page: one element of each kind, and the model reads back from it.
    #[test]
    fn no_text_leaves_the_pages_json(text in r#"[<>/!\-a-z"'&\\\u{2028}\]\[ ]{0,16}|</script>|<!--<script>"#) {
        let mut model = model();
        spread(&mut model, &text);
        let html = model.to_html();
        let (_, rest) = html.split_once(r#"<script type="application/json" id="model">"#).unwrap();
        let (json, rest) = rest.split_once("</script>").unwrap();
        let back: AccessModel = serde_json::from_str(json).unwrap();
        prop_assert_eq!(back, model);
        prop_assert_eq!(rest.matches("<script").count(), 1);
        prop_assert_eq!(rest.matches("</script").count(), 1);
    }
}
