// The module of a worker: the program of threads, and functions that are declared with names.
import "skein/thread";
import "skein/testing/executor";
import "./threads.mjs";
