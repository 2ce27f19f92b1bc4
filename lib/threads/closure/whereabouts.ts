/**
 * Where a variable is: at the top level of a module, inside something in one, or in a script, where nobody can tell.
 */
export type Whereabouts = "module" | "inside" | "script";
