//! The evidence directory on disk: run folders, masked copies with digests, the run lock.
