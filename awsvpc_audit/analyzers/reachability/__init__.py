"""Whether one thing in a VPC can reach another, out and back, and which hop stops it."""
