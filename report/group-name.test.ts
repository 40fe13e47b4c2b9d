import { expect, it } from 'vitest';
import { groupName } from './group-name.ts';

it('names a group by its phrase, or by how many phrases it has', () => {
  expect(groupName('trait', 'likes ice cream')).toBe('likes ice cream');
  expect(groupName('contexts', '0')).toBe('no context');
  expect(groupName('traits', '1')).toBe('1 trait');
  expect(groupName('contexts', '3')).toBe('3 contexts');
});
