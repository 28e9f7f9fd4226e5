//! Casts between random hierarchies of types in two modules, against what the definition of equality says.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::num::NonZeroU32;

use wasmote::*;

/// A small deterministic generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % end
    }
}

/// A type that a group refers to: one of its own, or the number of one of an earlier group.
#[derive(Clone, Copy)]
enum Link {
    Own(usize),
    Earlier(usize),
}

#[derive(Clone)]
enum Field {
    Number(&'static str),
    Reference(Link),
}

#[derive(Clone)]
struct Type {
    is_final: bool,
    parent: Option<Link>,
    is_array: bool,
    fields: Vec<Field>,
}

impl Type {
    /// Its text, given the names of types.
    fn text(&self, mut name: impl FnMut(Link) -> String) -> String {
        let parent = self.parent.map_or(String::new(), &mut name);
        let (is_final, kind) = (["", "final "][usize::from(self.is_final)], ["struct", "array"]);
        let mut text = format!("(sub {is_final}{parent} ({}", kind[usize::from(self.is_array)]);
        for field in &self.fields {
            let ty = match field {
                Field::Number(ty) => (*ty).to_owned(),
                Field::Reference(link) => format!("(ref null {})", name(*link)),
            };
            let _ = match self.is_array {
                true => write!(text, " {ty}"),
                false => write!(text, " (field {ty})"),
            };
        }
        text + "))"
    }
}

/// Groups of types; equal ones are one. Types have numbers.
#[derive(Default)]
struct Groups {
    types: Vec<Type>,
    /// The number of each type's parent.
    parents: Vec<Option<usize>>,
    /// Where each group begins.
    starts: Vec<usize>,
    by_text: HashMap<String, usize>,
}

impl Groups {
    fn random(random: &mut Random, count: usize) -> Groups {
        let mut groups = Groups::default();
        for _ in 0..count {
            groups.add(random);
        }
        groups
    }

    fn add(&mut self, random: &mut Random) {
        let size = 1 + random.below(3);
        let mut group: Vec<Type> = vec![];
        for own in 0..size {
            let parent = match random.below(10) {
                0..4 if !self.types.is_empty() => {
                    Some(Link::Earlier(random.below(self.types.len())))
                }
                4..6 if own > 0 => Some(Link::Own(random.below(own))),
                _ => None,
            };
            let (inherited, ty) = match parent {
                // What was of the parent's own group is of an earlier one here.
                Some(Link::Earlier(number)) => {
                    (self.seen_from_later(number), self.types[number].clone())
                }
                Some(Link::Own(own)) => (group[own].fields.clone(), group[own].clone()),
                None => (
                    vec![],
                    Type {
                        is_final: false,
                        parent: None,
                        is_array: random.below(4) == 0,
                        fields: vec![],
                    },
                ),
            };
            let (parent, mut fields, is_array) = match ty.is_final {
                true => (None, vec![], false),
                false => (parent, inherited, ty.is_array),
            };
            let wanted = if is_array { 1 } else { fields.len() + random.below(3) };
            while fields.len() < wanted {
                fields.push(match random.below(3) {
                    0 => Field::Number(["i32", "i64", "i8"][random.below(3)]),
                    1 if !self.types.is_empty() => {
                        Field::Reference(Link::Earlier(random.below(self.types.len())))
                    }
                    _ => Field::Reference(Link::Own(random.below(size))),
                });
            }
            group.push(Type { is_final: random.below(5) == 0, parent, is_array, fields });
        }
        let text: String = group
            .iter()
            .map(|ty| {
                ty.text(|link| match link {
                    Link::Own(own) => format!("own{own}"),
                    Link::Earlier(number) => format!("earlier{number}"),
                })
            })
            .collect();
        let start = self.types.len();
        if self.by_text.insert(text.clone(), start).is_some() {
            return;
        }
        self.starts.push(start);
        for ty in group {
            self.parents.push(ty.parent.map(|link| number_of(link, start)));
            self.types.push(ty);
        }
    }

    fn seen_from_later(&self, number: usize) -> Vec<Field> {
        let start = self.group_of(number).start;
        let later = |field: &Field| match field {
            Field::Reference(link) => Field::Reference(Link::Earlier(number_of(*link, start))),
            Field::Number(ty) => Field::Number(ty),
        };
        self.types[number].fields.iter().map(later).collect()
    }

    fn group_of(&self, number: usize) -> std::ops::Range<usize> {
        let next = self.starts.partition_point(|start| *start <= number);
        self.starts[next - 1]..self.starts.get(next).copied().unwrap_or(self.types.len())
    }

    /// Whether a type is another one or a subtype of it.
    fn is_subtype(&self, mut number: usize, of: usize) -> bool {
        while number != of {
            match self.parents[number] {
                Some(parent) => number = parent,
                None => return false,
            }
        }
        true
    }

    /// The types that a module which needs these has: groups are whole.
    fn closure(&self, mut needed: Vec<bool>) -> Vec<bool> {
        for start in self.starts.iter().rev().copied() {
            let group = self.group_of(start);
            if !needed[group.clone()].contains(&true) {
                continue;
            }
            for number in group {
                needed[number] = true;
                let fields = self.types[number].fields.iter().filter_map(|field| match field {
                    Field::Reference(link) => Some(*link),
                    Field::Number(_) => None,
                });
                for link in fields.chain(self.types[number].parent) {
                    needed[number_of(link, start)] = true;
                }
            }
        }
        needed
    }

    /// A module with some of the types, some of them twice: makes objects of all, and looks at objects in all ways.
    fn module(&self, random: &mut Random) -> (String, Vec<usize>) {
        let needed = self.closure(self.types.iter().map(|_| random.below(3) == 0).collect());
        let mut copies: Vec<usize> = vec![0; self.types.len()];
        let mut text = String::from("(module\n");
        for start in self.starts.iter().copied().filter(|start| needed[*start]) {
            for copy in 0..1 + random.below(3) / 2 {
                text += "(rec";
                for number in self.group_of(start) {
                    let ty = self.types[number].text(|link| match link {
                        Link::Own(own) => format!("$t{}_{copy}", start + own),
                        Link::Earlier(number) => {
                            format!("$t{number}_{}", random.below(copies[number]))
                        }
                    });
                    let _ = write!(text, " (type $t{number}_{copy} {ty})");
                }
                text += ")\n";
                self.group_of(start).for_each(|number| copies[number] = copy + 1);
            }
        }
        let present: Vec<usize> = (0..self.types.len()).filter(|number| needed[*number]).collect();
        for &number in &present {
            let name = format!("$t{number}_{}", random.below(copies[number]));
            let new = match self.types[number].is_array {
                true => format!("(array.new_default {name} (i32.const 2))"),
                false => format!("(struct.new_default {name})"),
            };
            let _ = writeln!(text, "(func (export \"new {number}\") (result anyref) {new})");
        }
        let numbered = present.iter().map(|number| {
            (number.to_string(), format!("$t{number}_{}", random.below(copies[*number])))
        });
        let heaps: Vec<_> =
            numbered.chain(ABSTRACT.map(|heap| (heap.to_owned(), heap.to_owned()))).collect();
        for (target, heap) in heaps {
            for null in ["", "null "] {
                let ty = format!("(ref {null}{heap})");
                let _ = writeln!(
                    text,
                    "(func (export \"test {null}{target}\") (param anyref) (result i32)
                        (ref.test {ty} (local.get 0)))
                    (func (export \"cast {null}{target}\") (param anyref) (result i32)
                        (drop (ref.cast {ty} (local.get 0))) (i32.const 1))
                    (func (export \"br_on_cast {null}{target}\") (param anyref) (result i32)
                        (block $is (result anyref)
                            (br_on_cast $is anyref {ty} (local.get 0))
                            (drop) (return (i32.const 0)))
                        (drop) (i32.const 1))
                    (func (export \"br_on_cast_fail {null}{target}\") (param anyref) (result i32)
                        (block $is_not (result anyref)
                            (br_on_cast_fail $is_not anyref {ty} (local.get 0))
                            (drop) (return (i32.const 1)))
                        (drop) (i32.const 0))"
                );
            }
        }
        (text + ")", present)
    }
}

fn number_of(link: Link, start: usize) -> usize {
    match link {
        Link::Own(own) => start + own,
        Link::Earlier(number) => number,
    }
}

const ABSTRACT: [&str; 6] = ["any", "eq", "i31", "struct", "array", "none"];
const LOOKS: [&str; 4] = ["test", "cast", "br_on_cast", "br_on_cast_fail"];

#[test]
fn all_casts_between_random_types_of_two_modules() -> Result<()> {
    let seeds = std::env::var("WASMOTE_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    let mut looks = [0_u64; 2];
    for seed in 0..seeds.unwrap_or(30) {
        let mut random = Random(seed);
        let count = 2 + random.below(12);
        let groups = Groups::random(&mut random, count);
        let mut config = Config::new();
        config.gc_zeal_alloc_counter((seed % 2 == 1).then_some(NonZeroU32::MIN))?;
        let engine = Engine::new(&config)?;
        let mut store = Store::new(&engine, ());
        let mut instances = vec![];
        for _ in 0..2 {
            let (text, present) = groups.module(&mut random);
            let module = Module::new(&engine, &text)
                .map_err(|error| error.context(format!("seed {seed}: {text}")))?;
            instances.push((Instance::new(&mut store, &module, &[])?, present));
        }
        let mut objects = vec![(None, Val::null_any_ref())];
        for (instance, present) in &instances {
            for number in present {
                let new = instance.get_func(&mut store, &format!("new {number}")).unwrap();
                let mut object = [Val::I32(0)];
                new.call(&mut store, &[], &mut object)?;
                objects.push((Some(*number), object[0]));
            }
        }
        for (instance, present) in &instances {
            let targets =
                present.iter().map(ToString::to_string).chain(ABSTRACT.map(str::to_owned));
            for target in targets {
                for null in ["", "null "] {
                    for look in LOOKS {
                        let name = format!("{look} {null}{target}");
                        let func = instance.get_func(&mut store, &name).unwrap();
                        for (of, object) in &objects {
                            let expected = match *of {
                                None => !null.is_empty(),
                                Some(of) => match &*target {
                                    "any" | "eq" => true,
                                    "i31" | "none" => false,
                                    "struct" => !groups.types[of].is_array,
                                    "array" => groups.types[of].is_array,
                                    number => groups.is_subtype(of, number.parse().unwrap()),
                                },
                            };
                            let mut results = [Val::I32(0)];
                            let found = match func.call(&mut store, &[*object], &mut results) {
                                Ok(()) => results[0].unwrap_i32() == 1,
                                Err(error) if look == "cast" => {
                                    assert_eq!(error.downcast_ref(), Some(&Trap::CastFailure));
                                    false
                                }
                                Err(error) => return Err(error),
                            };
                            assert_eq!(found, expected, "seed {seed}: {name} of {of:?}");
                            looks[usize::from(found)] += 1;
                        }
                    }
                }
            }
        }
    }
    println!("{} casts that fail, {} that do not", looks[0], looks[1]);
    assert!(looks[0] > 10_000 && looks[1] > 10_000, "{looks:?}");
    Ok(())
}
