import { expect, it } from 'vitest';
import { namesInFull, shortNames } from './short-names.ts';

it('keeps what fits, shows the model of a server, and numbers ends that are alike', () => {
  const names = [
    'tiny',
    'server:http://127.0.0.1:8000/v1#google/gemma-3-4b-it',
    'server:http://10.0.0.2:8000/v1#a/model-with-a-very-long-name',
    'server:http://10.0.0.3:8000/v1#a/model-with-a-very-long-name',
  ];
  const short = shortNames(names, 24);
  expect([...short.values()].slice(0, 2)).toEqual(['tiny', 'google/gemma-3-4b-it']);
  expect(new Set(short.values()).size).toBe(4);
  for (const name of short.values()) expect(name.length).toBeLessThanOrEqual(24);
  expect(namesInFull(short)).toHaveLength(3);
  expect(namesInFull(shortNames(['tiny', 'oracle'], 24))).toEqual([]);
});
