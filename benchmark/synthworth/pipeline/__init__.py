"""From a task to a training set to a `Result`, in a suite of pytest or without."""
