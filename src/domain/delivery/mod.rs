//! The way of a release to where it runs: environments, who lets it go there, and whether it may.

pub mod approval;
pub mod authors;
pub mod environment;
pub mod four_gates;
pub mod migration;
pub mod promotion;
pub mod protection;
pub mod standing;
pub mod validation;
pub mod way;

#[cfg(test)]
mod tests;
