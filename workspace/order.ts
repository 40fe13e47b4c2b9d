const ORDER = ['logistic', 'mlp', 'encoder', 'decoder'];

/** From the simplest architecture to the largest, then others by name. */
export function inOrder<T>(items: readonly T[], name: (item: T) => string): T[] {
  const place = (item: T) => (ORDER.includes(name(item)) ? ORDER.indexOf(name(item)) : ORDER.length);
  return [...items].sort((a, b) => place(a) - place(b) || (name(a) < name(b) ? -1 : 1));
}
