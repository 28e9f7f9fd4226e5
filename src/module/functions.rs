//! What profilers and debuggers ask of a module's code.

use alloc::string::String;
use core::ops::Range;

use crate::{Module, Result};

/// Numbers that are not mistaken for each other.
macro_rules! indices {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(u32);

        impl $name {
            /// From the number.
            pub const fn from_u32(index: u32) -> Self {
                Self(index)
            }

            /// The number.
            pub const fn as_u32(self) -> u32 {
                self.0
            }

            /// The number, as a position.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

indices! {
    /// The index of a function in its module; those that are imported come first.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Engine, Module};
    ///
    /// let module = Module::new(&Engine::default(), r#"(module (import "" "" (func)) (func $f))"#)?;
    /// let function = module.functions().next().unwrap();
    /// assert_eq!((function.index.as_u32(), function.index.index()), (1, 1));
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    FuncIndex
    /// The index of a module in a component: 0, for there are no components.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Engine, Module};
    ///
    /// let module = Module::new(&Engine::default(), r#"(module (import "" "" (func)) (func $f))"#)?;
    /// let function = module.functions().next().unwrap();
    /// assert_eq!(function.module.as_u32(), 0);
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    StaticModuleIndex
}

/// A function that a module defines; from [`Module::functions`].
///
/// # Examples
/// ```
/// use wasmote::{Engine, Module};
///
/// let module = Module::new(&Engine::default(), r#"(module (import "" "" (func)) (func $f))"#)?;
/// let function = module.functions().next().unwrap();
/// assert_eq!(function.name.as_deref(), Some("f"));
/// assert_eq!(function.len, 2); // no locals, and `end`
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModuleFunction {
    /// The module in a component: number 0.
    pub module: StaticModuleIndex,
    /// The function's index.
    pub index: FuncIndex,
    /// The function's name in the name section.
    pub name: Option<String>,
    /// Where the function's body begins in the module's bytes, to which [`FrameInfo::module_offset`](crate::FrameInfo::module_offset)
    /// also refers. (In wasmtime this is a place in its machine code.)
    pub offset: usize,
    /// How many bytes the body has.
    pub len: usize,
}

/// # For profilers
impl Module {
    /// The functions that the module defines.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Engine, Module};
    ///
    /// let text = r#"(module (import "" "" (func)) (func $f) (func (drop (i32.const 1))))"#;
    /// let module = Module::new(&Engine::default(), text)?;
    /// let functions: Vec<_> = module.functions().collect();
    /// assert_eq!(functions.len(), 2);
    /// assert_eq!(functions[0].name.as_deref(), Some("f"));
    /// assert_eq!((functions[0].index.as_u32(), functions[0].len), (1, 2));
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    pub fn functions(&self) -> impl ExactSizeIterator<Item = ModuleFunction> {
        let imported = self.code().info().imported_funcs as usize;
        let count = self.inner.bodies.len();
        (imported..imported + count).map(|index| {
            let index = index as u32;
            let body = self.func_body(index).expect("the module defines it");
            ModuleFunction {
                module: StaticModuleIndex(0),
                index: FuncIndex(index),
                name: self.func_name(index).map(String::from),
                offset: body.start,
                len: body.len(),
            }
        })
    }

    /// Where the module's machine code is in memory. It has none: the range is empty.
    pub fn image_range(&self) -> Range<*const u8> {
        core::ptr::null()..core::ptr::null()
    }

    /// The module's machine code: none.
    pub fn text(&self) -> &[u8] {
        &[]
    }

    /// Which machine code stands for which place in the module: `None`, for there is no machine code.
    ///
    /// Places of running code are in [`FrameInfo`](crate::FrameInfo).
    pub fn address_map(&self) -> Option<impl Iterator<Item = (usize, Option<u32>)> + '_> {
        None::<core::iter::Empty<_>>
    }

    /// Prepares the initial memory of instances. Nothing is to be prepared.
    ///
    /// # Errors
    /// None.
    pub fn initialize_copy_on_write_image(&self) -> Result<()> {
        Ok(())
    }
}
