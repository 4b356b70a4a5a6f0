//! The pages, as pure functions of what they show: no engine, no request.

pub(crate) mod cart;
pub(crate) mod error;
pub(crate) mod home;
pub(crate) mod info;
pub(crate) mod notice;
pub(crate) mod outcome;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
