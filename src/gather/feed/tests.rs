//! Lessons from feeds of the wild, on documents written for the purpose, and the real ones where they are at hand.
