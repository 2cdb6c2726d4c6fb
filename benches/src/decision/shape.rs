//! What is asked, and of whom, in words that any library understands.

/// A requirement.
#[derive(Clone, Debug)]
pub enum Tree {
    /// This name is held.
    Name(String),
    /// Each of them.
    All(Vec<Tree>),
    /// One of them.
    Any(Vec<Tree>),
}

/// A requirement and the callers that it is asked of.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The start of the row.
    pub row: &'static str,
    /// What is required.
    pub tree: Tree,
    /// What each caller holds: half of them are let in.
    pub callers: Vec<Vec<String>>,
}

/// A requirement in the three forms that occur, its names as a library wants them.
#[derive(Clone, Debug)]
pub enum Form<T> {
    /// Each of them.
    All(Vec<T>),
    /// One of them.
    Any(Vec<T>),
    /// One of the first four, and all of the second or all of the third.
    Nested([Vec<T>; 3]),
}

/// The row of one role and one scope.
pub const ROLE_AND_SCOPE: &str = "decision: 1 role and 1 scope";
/// The row of five names.
pub const ANY_OF_FIVE: &str = "decision: any of 5, 32 held";
/// The row of twelve names.
pub const NESTED: &str = "decision: nested over 12, 256 held";
/// The smallest vocabulary.
pub const OF_4: &str = "decision: both of 2, 4 held of 4";
/// The largest vocabulary.
pub const OF_4096: &str = "decision: both of 2, 4,096 held of 4,096";

/// The names of [`ANY_OF_FIVE`], by their place among 64.
pub const FIVE: [usize; 5] = [3, 17, 30, 44, 58];
/// The names of [`NESTED`], by their place among 512, in three groups of four.
pub const TWELVE: [[usize; 4]; 3] = [[9, 130, 257, 400], [31, 88, 300, 411], [64, 200, 333, 500]];

impl Tree {
    /// What the answer is, said as plainly as can be.
    #[must_use]
    pub fn is_met_by(&self, held: &[String]) -> bool {
        match self {
            Self::Name(name) => held.contains(name),
            Self::All(parts) => parts.iter().all(|part| part.is_met_by(held)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met_by(held)),
        }
    }
}

impl Shape {
    /// The requirement with each name made into what a library wants.
    #[must_use]
    pub fn form<T>(&self, make: impl Fn(&str) -> T) -> Form<T> {
        let names = |parts: &[Tree]| -> Vec<T> {
            let name = |part: &Tree| match part {
                Tree::Name(name) => make(name),
                Tree::All(_) | Tree::Any(_) => unreachable!("no shape nests like that"),
            };
            parts.iter().map(name).collect()
        };
        match &self.tree {
            Tree::All(parts) => match parts.as_slice() {
                [Tree::Any(first), Tree::Any(either)] => {
                    let [Tree::All(second), Tree::All(third)] = either.as_slice() else {
                        unreachable!("no shape nests like that")
                    };
                    Form::Nested([names(first), names(second), names(third)])
                }
                parts => Form::All(names(parts)),
            },
            Tree::Any(parts) => Form::Any(names(parts)),
            Tree::Name(name) => Form::All(vec![make(name)]),
        }
    }
}

/// The permission at a place.
#[must_use]
pub fn name(place: usize) -> String {
    format!("thing{place}:do")
}

fn named(places: &[usize]) -> Vec<Tree> {
    places.iter().map(|place| Tree::Name(name(*place))).collect()
}

/// Every shape that is measured.
#[must_use]
pub fn all() -> Vec<Shape> {
    vec![
        role_and_scope(),
        any_of_five(),
        nested(),
        both_of_two(OF_4, 4),
        both_of_two(OF_4096, 4_096),
    ]
}

/// Roles and scopes are distinguished by a prefix, for libraries that know one kind of name only.
fn role_and_scope() -> Shape {
    let held = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    Shape {
        row: ROLE_AND_SCOPE,
        tree: Tree::All(vec![Tree::Name("role:manager".into()), Tree::Name("scope:read".into())]),
        callers: vec![
            held(["role:manager", "scope:read"]),
            held(["role:manager", "scope:write"]),
            held(["scope:read", "role:manager"]),
            held(["role:visitor", "scope:read"]),
        ],
    }
}

/// Caller `n` holds 32 names, one of the five or none of them.
fn any_of_five() -> Shape {
    let others: Vec<usize> = (0..64).filter(|place| !FIVE.contains(place)).collect();
    let caller = |number: usize| {
        let mut places: Vec<usize> =
            (0..32).map(|step| others[(number * 5 + step) % others.len()]).collect();
        if number.is_multiple_of(2) {
            places[number] = FIVE[number % 5];
        }
        places.into_iter().map(name).collect()
    };
    Shape { row: ANY_OF_FIVE, tree: Tree::Any(named(&FIVE)), callers: (0..8).map(caller).collect() }
}

/// Caller `n` holds 256 names: what the first group asks for one of, and the second or the third
/// for all of, or all but one.
fn nested() -> Shape {
    let wanted = TWELVE.concat();
    let others: Vec<usize> = (0..512).filter(|place| !wanted.contains(place)).collect();
    let caller = |number: usize| {
        let mut places = vec![TWELVE[0][number % 4]];
        let group = &TWELVE[1 + number / 2 % 2];
        let complete = number.is_multiple_of(2);
        places.extend(group.iter().skip(usize::from(!complete)));
        let missing = 256 - places.len();
        places.extend((0..missing).map(|step| others[(number * 41 + step) % others.len()]));
        places.into_iter().map(name).collect()
    };
    let [first, second, third] = TWELVE.map(|group| named(&group));
    Shape {
        row: NESTED,
        tree: Tree::All(vec![
            Tree::Any(first),
            Tree::Any(vec![Tree::All(second), Tree::All(third)]),
        ]),
        callers: (0..8).map(caller).collect(),
    }
}

/// The first and the last name but one, of callers who hold everything or all but one of them.
fn both_of_two(row: &'static str, size: usize) -> Shape {
    let wanted = [1, size - 2];
    let caller = |without: Option<usize>| {
        (0..size).filter(|place| Some(*place) != without).map(name).collect()
    };
    Shape {
        row,
        tree: Tree::All(named(&wanted)),
        callers: vec![caller(None), caller(Some(wanted[0])), caller(None), caller(Some(wanted[1]))],
    }
}
