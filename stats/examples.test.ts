import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('.', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));

/** Equal to the digits shown: "0.000134…" stands for what begins like that. */
function shows(value: unknown, shown: string): void {
  const digits = /^(\d+\.\d+)…$/.exec(shown)?.[1];
  if (digits) expect(String(value).startsWith(digits), `${value} begins with ${digits}`).toBe(true);
  else if (ArrayBuffer.isView(value))
    expect([...(value as Float64Array)]).toEqual(JSON.parse(shown.replace(/^\w+Array/, '')));
  else expect(value).toEqual(new Function(`return (${shown});`)());
}

describe('examples in the docstrings', async () => {
  const exported = Object.assign({}, ...(await Promise.all(files.map((file) => import(new URL(file, folder).href)))));
  for (const file of files)
    for (const [, expression, shown] of readFileSync(new URL(file, folder), 'utf8').matchAll(
      /@example (.+) \/\/ => (.+)$/gm,
    ))
      it(`${file}: ${expression}`, () => {
        const names = Object.keys(exported);
        shows(new Function(...names, `return ${expression};`)(...names.map((name) => exported[name])), shown!.trim());
      });
});
