//! What comes back, read as it is: invented mails of each format, laws for any bytes, and bars on real mail.

mod corpus;
mod families;
mod laws;
