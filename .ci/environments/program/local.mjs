const two = 2;

export const half = (n) => n / two;
