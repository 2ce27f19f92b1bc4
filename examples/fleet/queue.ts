export const QUEUE = "fleet";
