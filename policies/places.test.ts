import { expect, it } from 'vitest';
import { inPlaces } from './places.ts';

it.each<[string[], number[][]]>([
  [
    ['tiny', 'server:http://a/v1#m', 'oracle', 'server:http://b/v1#m'],
    [[0, 2], [1], [3]],
  ],
  // Two models of one server share it, however it is written.
  [['server:http://a:8000#one', 'vllm:http://a:8000/v1#two'], [[0, 1]]],
  [
    ['openai:gpt-5', 'anthropic:claude', 'openai:gpt-5-mini', 'gemini:flash'],
    [[0, 2], [1], [3]],
  ],
  // Its third is asked at the servers of both others.
  [
    ['server:http://a#m', 'server:http://b#m', 'server:http://b,http://a#n', 'server:http://c#m'],
    [[0, 1, 2], [3]],
  ],
  // A model on this machine, whoever serves it.
  [['ollama:gemma', 'gguf:x.gguf', 'student:mlp'], [[0, 1, 2]]],
  [[], []],
])('%j are asked in the lines %j', (given, lines) => expect(inPlaces(given)).toEqual(lines));
