import { pathToFileURL } from 'node:url';
import { compiled } from '../tools/compiled.ts';

type Fork = typeof import('./child-process.ts').forkScript;
const { forkScript: forkCompiled }: { forkScript: Fork } = await import(
  pathToFileURL(compiled(new URL('./child-process.ts', import.meta.url))).href
);

/** Starts a script of this package compiled, as an installed package does. Vitest puts it in place of `forkScript`. */
export const forkScript: Fork = (script, options) => {
  const file = pathToFileURL(compiled(new URL(`${script.href}.ts`)));
  return forkCompiled(new URL(file.href.replace(/\.js$/, '')), options);
};
