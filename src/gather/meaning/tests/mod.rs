//! Laws and examples of this folder.
