//! The names of a machine's things: positions in its arenas.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub(super) u32);
        impl $name {
            /// The position in the machine's arena.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}
ids! {
    /// A function of a machine.
    FuncId;
    /// A table of a machine.
    TableId;
    /// A memory of a machine.
    MemoryId;
    /// A global of a machine.
    GlobalId;
    /// A tag of a machine.
    TagId;
    /// An instance of a machine.
    InstanceId;
}

impl FuncId {
    /// The function as a reference value in a slot or table element (never 0, which is null).
    pub const fn to_raw(self) -> u64 {
        self.0 as u64 + 1
    }

    /// The function that a reference value names; `None` for null. The id is checked when used.
    pub const fn from_raw(raw: u64) -> Option<FuncId> {
        match raw {
            0 => None,
            n => Some(FuncId((n - 1) as u32)),
        }
    }
}
