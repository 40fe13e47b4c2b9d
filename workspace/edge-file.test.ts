import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEdges } from './edge-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-edges-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string) {
  const path = join(folder, 'edges.csv');
  await writeFile(path, text);
  return readEdges(path);
}

describe('a file of edges', () => {
  it('is read as it is exported, whatever its header and its line ends', async () => {
    for (const text of ['from,to\n0,1\n1,2\n', 'source,target\r\n0,1\r\n1,2', '\uFEFF"from","to"\n0,1\n\n1,2\n']) {
      const { nodes, from, to, repeated } = await read(text);
      expect({ nodes, from: [...from], to: [...to], repeated }).toEqual({
        nodes: 3,
        from: [0, 1],
        to: [1, 2],
        repeated: 0,
      });
    }
  });

  it('counts an edge once, in whichever direction it is repeated, and says how often', async () => {
    const { from, to, repeated } = await read('from,to\n4,1\n1,4\n0,2\n4,1\n');
    expect([[...from], [...to], repeated]).toEqual([[0, 1], [2, 4], 2]);
  });

  it('knows the line of its last node', async () => {
    expect(await read('from,to\n0,1\n9,2\n3,9\n')).toMatchObject({ nodes: 10, lastLine: 3 });
  });

  it('may be longer than a piece that is read at a time', async () => {
    const edges = 200_000;
    const lines = Array.from({ length: edges }, (_, i) => `${i},${i + 1}`);
    const { nodes, from, to } = await read(`from,to\n${lines.join('\n')}\n`);
    expect(nodes).toBe(edges + 1);
    expect(from.every((node, i) => node === i && to[i] === i + 1)).toBe(true);
  });

  it.each([
    ['', 'line 1: the file is empty; expected a header, from,to or source,target'],
    ['0,1\n1,2\n', 'line 1: expected the header from,to or source,target, got "0,1"'],
    [',source,target\n0,0,1\n', 'line 1: expected the header from,to or source,target, got ",source,target"'],
    ['from,to,weight\n0,1,2\n', 'got "from,to,weight"; edges are two columns of node numbers and nothing else'],
    ['from,to\n0,1\nann,bob\n', 'line 3: expected two numbers of nodes, like 0,17, got "ann,bob"'],
    ['from,to\n0;1\n', 'line 2: expected two numbers of nodes, like 0,17, got "0;1"'],
    ['from,to\n0,1,2\n', 'line 2: expected two numbers of nodes, like 0,17, got "0,1,2"'],
    ['from,to\n0,\n', 'line 2: expected two numbers of nodes, like 0,17, got "0,"'],
    ['from,to\n-1,2\n', 'line 2: expected two numbers of nodes, like 0,17, got "-1,2"'],
    ['from,to\n0,1\n5,5\n', 'line 3: node 5 would be its own neighbour; leave the line out'],
    ['from,to\n0,4000000000\n', 'line 2: node 4000000000 is beyond 268435455'],
    [`from,to\n${'x'.repeat(1000)}`, 'line 2: expected two numbers of nodes'],
  ])('is refused with the line that is not understood: %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('that does not exist says what it could be', async () => {
    await expect(readEdges(join(folder, 'none.csv'), 'expected something else')).rejects.toThrow(
      'none.csv does not exist; expected something else',
    );
  });
});
