//! A requirement as a list of its parts, with each `not` carried down to the facts.

use super::atoms::Atoms;
use crate::policy::{CheckAnswers, Factor, Method, RequiredFactor, Requirement};

/// How many parts are looked at, parts of parts counted too.
pub(super) const MAX_PARTS: usize = 128;

/// Each part is before its own parts; the requirement itself comes first.
pub(super) struct Outline {
    parts: [Part; MAX_PARTS],
    len: usize,
    pub(super) atoms: Atoms,
    /// The facts that are outside of `not`, and those that are under it.
    pub(super) wanted: u64,
    pub(super) unwanted: u64,
    /// What is met by no caller for being under `not`.
    pub(super) negated: Option<Requirement>,
    /// Whether it is too large to be analysed.
    pub(super) too_large: bool,
    /// What makes it unreadable, hence met by no caller.
    pub(super) fault: Option<Fault>,
}

/// One part.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) requirement: Requirement,
    pub(super) shape: Shape,
    /// Whether it is outside of `not`, or under two of them. Otherwise its opposite is meant.
    pub(super) wanted: bool,
    /// The place behind all of its own parts.
    pub(super) end: usize,
}

/// What is to be known of a part to tell when it, or its opposite, is met.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Always,
    Never,
    /// The fact at this place of [`Atoms`].
    Fact(usize),
    /// By De Morgan, an `any` under `not` needs every part and an `all` needs one.
    Every,
    One,
}

/// Why a requirement cannot be read.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// `all()`, `any()`, no method at all.
    Empty(&'static str),
    TooDeep,
    /// A check beyond the last slot.
    Slot(&'static str),
    /// A name outside of its enum.
    NoName(&'static str),
}

impl Outline {
    pub(super) const fn of(requirement: &Requirement) -> Self {
        Self::with(requirement, true)
    }

    /// Of a requirement, or of its opposite if it is not wanted.
    pub(super) const fn with(requirement: &Requirement, wanted: bool) -> Self {
        let part = Part {
            requirement: Requirement::Authenticated,
            shape: Shape::Always,
            wanted: true,
            end: 0,
        };
        let mut outline = Self {
            parts: [part; MAX_PARTS],
            len: 0,
            atoms: Atoms::NONE,
            wanted: 0,
            unwanted: 0,
            negated: None,
            too_large: false,
            fault: None,
        };
        outline.add(requirement, wanted, 0);
        outline.atoms.relate();
        outline
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "places are below `len`, which is held to the size"
    )]
    pub(super) const fn get(&self, place: usize) -> &Part {
        &self.parts[place]
    }

    #[expect(clippy::indexing_slicing, reason = "the place was just held against the size")]
    const fn add(&mut self, requirement: &Requirement, wanted: bool, depth: usize) {
        if depth > Requirement::MAX_DEPTH {
            self.fault = Some(Fault::TooDeep);
        }
        if self.fault.is_some() {
            return;
        }
        let place = self.len;
        if place == MAX_PARTS {
            // What does not fit is still looked through for faults.
            self.too_large = true;
        } else {
            self.len += 1;
        }
        let shape = self.shape(requirement, wanted, depth);
        if place < MAX_PARTS {
            self.parts[place] = Part { requirement: *requirement, shape, wanted, end: self.len };
        }
    }

    /// Notes what is below the part, and tells what the part itself is.
    const fn shape(&mut self, requirement: &Requirement, wanted: bool, depth: usize) -> Shape {
        match requirement {
            Requirement::All([]) => self.fault = Some(Fault::Empty("all()")),
            Requirement::Any([]) => self.fault = Some(Fault::Empty("any()")),
            Requirement::Method([]) => self.fault = Some(Fault::Empty("method")),
            Requirement::Factor(factor) if factor.is_empty() => {
                self.fault = Some(Fault::Empty("factor"));
            }
            Requirement::Check { slot, check } if *slot >= CheckAnswers::SLOTS => {
                self.fault = Some(Fault::Slot(check.name));
            }
            Requirement::Authority(name) | Requirement::Level(name) if name.info().is_none() => {
                self.fault = Some(Fault::NoName(name.table().enum_name));
            }
            Requirement::Authenticated => {
                return if wanted { Shape::Always } else { Shape::Never };
            }
            Requirement::Not(part) => {
                self.add(part, !wanted, depth + 1);
                // Of a single part, which is the opposite already.
                return Shape::Every;
            }
            // Any of them: each is a fact of its own.
            Requirement::Method(methods @ [_, _, ..]) => {
                let mut rest: &[Method] = methods;
                while let [method, more @ ..] = rest {
                    let only = Requirement::Method(std::slice::from_ref(method));
                    self.add(&only, wanted, depth + 1);
                    rest = more;
                }
                return if wanted { Shape::One } else { Shape::Every };
            }
            // What was not proved is not known.
            Requirement::Mfa | Requirement::Factor(_) if !wanted => {
                self.negated = Some(*requirement);
            }
            // The same with factors.
            Requirement::Factor(factor) if factor.len() > 1 => {
                self.each_factor(*factor, depth);
                return Shape::One;
            }
            Requirement::All(parts) | Requirement::Any(parts) => {
                let mut rest: &[Requirement] = parts;
                while let [part, more @ ..] = rest {
                    self.add(part, wanted, depth + 1);
                    rest = more;
                }
                let every = matches!(requirement, Requirement::All(_)) == wanted;
                return if every { Shape::Every } else { Shape::One };
            }
            fact => return self.fact(fact, wanted),
        }
        Shape::Never
    }

    const fn each_factor(&mut self, factor: RequiredFactor, depth: usize) {
        let mut rest: &[Factor] = &Factor::ALL;
        while let [own, more @ ..] = rest {
            if factor.accepts(*own) {
                self.add(&Requirement::Factor(factor.only(*own)), true, depth);
            }
            rest = more;
        }
    }

    const fn fact(&mut self, fact: &Requirement, wanted: bool) -> Shape {
        match self.atoms.add(fact) {
            None => self.too_large = true,
            Some(place) => {
                let seen = if wanted { &mut self.wanted } else { &mut self.unwanted };
                *seen |= 1 << place;
                return Shape::Fact(place);
            }
        }
        Shape::Never
    }
}
