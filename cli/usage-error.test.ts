import { expect, it } from 'vitest';
import { unknownName } from './usage-error.ts';

it('names what was typed, what was probably meant and what is known', () => {
  expect(unknownName('student', 'lgistic', ['logistic', 'mlp'])).toBe(
    'unknown student: lgistic, did you mean logistic? (known: logistic, mlp)',
  );
  expect(unknownName('student', 'gru', ['logistic', 'mlp'])).toBe('unknown student: gru (known: logistic, mlp)');
});
