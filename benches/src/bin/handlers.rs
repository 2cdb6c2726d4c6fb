//! Writes a workspace of three crates with 500 handlers each: plain, guarded, and guarded by
//! protect-axum. For `compile-time`.
//!
//! `cargo run --release --bin handlers`

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const HANDLERS: usize = 500;
const MODULES: usize = 20;
const ROLES: usize = 8;
const PERMISSIONS: usize = 40;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/handlers");

struct Flavour {
    name: &'static str,
    dependencies: &'static str,
    /// The module of the names, and what each module of handlers begins with.
    access: fn() -> String,
    imports: &'static str,
    /// What is above the handler with this number.
    attribute: fn(usize) -> String,
    router: &'static str,
}

const FLAVOURS: [Flavour; 3] = [
    Flavour {
        name: "plain",
        dependencies: "",
        access: String::new,
        imports: "use axum::Router;\nuse axum::routing::get;\n",
        attribute: |_| String::new(),
        router: "axum::Router",
    },
    Flavour {
        name: "guarded",
        dependencies: "auth-core = { path = \"../../../../auth-core\" }\n",
        access,
        imports: "use auth_core::requires;\nuse auth_core::Router;\nuse auth_core::routing::get;\nuse crate::access::{Permission, Role, Scope};\n",
        attribute: |number| {
            let (role, permission) = (number % ROLES, number % PERMISSIONS);
            match number / MODULES % 4 {
                0 => format!("#[requires(role = R{role})]\n"),
                1 => format!("#[requires(permission = \"thing{permission}:do\", scope = Read)]\n"),
                2 => format!(
                    "#[requires(scope = Write, any(role = R{role}, permission = P{permission}))]\n"
                ),
                _ => format!("#[requires(permission = P{permission})]\n"),
            }
        },
        router: "auth_core::Router",
    },
    Flavour {
        name: "protect-axum",
        dependencies: "protect-axum = \"0.2\"\n",
        access: String::new,
        imports: "use axum::Router;\nuse axum::routing::get;\n",
        attribute: |number| {
            let (role, permission) = (number % ROLES, number % PERMISSIONS);
            match number / MODULES % 4 {
                0 => format!("#[protect_axum::protect(\"r{role}\")]\n"),
                1 => format!("#[protect_axum::protect(\"thing{permission}:do\", \"read\")]\n"),
                2 => format!(
                    "#[protect_axum::protect(\"write\", any(\"r{role}\", \"thing{permission}:do\"))]\n"
                ),
                _ => format!("#[protect_axum::protect(\"thing{permission}:do\")]\n"),
            }
        },
        router: "axum::Router",
    },
];

fn access() -> String {
    let mut text = "use auth_core::{Permissions, Roles, Scopes};\n".to_owned();
    text += "#[derive(Clone, Copy, Permissions)]\npub enum Permission {\n";
    for place in 0..PERMISSIONS {
        put(&mut text, format_args!("    #[permission(\"thing{place}:do\")]\n    P{place},\n"));
    }
    text += "}\n#[derive(Clone, Copy, Roles)]\npub enum Role {\n";
    for place in 0..ROLES {
        put(&mut text, format_args!("    R{place},\n"));
    }
    text += "}\n#[derive(Clone, Copy, Scopes)]\npub enum Scope { Read, Write }\n";
    text
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("a string takes it");
}

fn module(flavour: &Flavour, module: usize) -> String {
    let numbers = (0..HANDLERS).filter(|number| number % MODULES == module);
    let mut text = format!("use axum::extract::{{Path, Query}};\n{}", flavour.imports);
    let mut routes = String::new();
    for number in numbers {
        let attribute = (flavour.attribute)(number);
        let arguments = match number % 3 {
            0 => "",
            1 => "Path(id): Path<u64>",
            _ => "Query(query): Query<std::collections::HashMap<String, String>>",
        };
        let body = match number % 3 {
            0 => "String::from(\"every thing\")",
            1 => "format!(\"thing {id}\")",
            _ => "format!(\"{query:?}\")",
        };
        put(
            &mut text,
            format_args!(
                "{attribute}pub async fn h{number}({arguments}) -> String {{\n    {body}\n}}\n"
            ),
        );
        let path = if number % 3 == 1 { "/{id}" } else { "" };
        put(&mut routes, format_args!("        .route(\"/h{number}{path}\", get(h{number}))\n"));
    }
    put(&mut text, format_args!("pub fn routes() -> Router {{\n    Router::new()\n{routes}}}\n"));
    text
}

fn main() {
    let root = Path::new(ROOT);
    let write = |path: &str, text: String| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        // What is the same already keeps its date, and cargo has nothing to do.
        if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            fs::write(path, text).expect("it is written");
        }
    };
    let peers = cfg!(feature = "peers");
    let flavours: Vec<&Flavour> =
        FLAVOURS.iter().filter(|it| peers || it.name != "protect-axum").collect();
    let members: Vec<&str> = flavours.iter().map(|it| it.name).collect();
    write("Cargo.toml", format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n"));
    for flavour in flavours {
        let Flavour { name, dependencies, .. } = flavour;
        write(
            &format!("{name}/Cargo.toml"),
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\naxum = \"0.8\"\n{dependencies}"
            ),
        );
        let mut lib = "#![allow(dead_code, unused_imports)]\n".to_owned();
        if !(flavour.access)().is_empty() {
            write(&format!("{name}/src/access.rs"), (flavour.access)());
            lib += "pub mod access;\n";
        }
        let mut merged = String::new();
        for number in 0..MODULES {
            write(&format!("{name}/src/m{number}.rs"), module(flavour, number));
            put(&mut lib, format_args!("pub mod m{number};\n"));
            put(&mut merged, format_args!("        .merge(m{number}::routes())\n"));
        }
        put(
            &mut lib,
            format_args!("pub fn routes() -> {0} {{\n    {0}::new()\n{merged}}}\n", flavour.router),
        );
        write(&format!("{name}/src/lib.rs"), lib);
    }
}
