import { expect, it } from 'vitest';
import { provenanceOf } from '../distill/training/data.ts';
import { provenance } from './provenance.ts';

const licenceOf = (...teachers: (string | undefined)[]) => {
  const student = { name: 'mlp', sha256: '0', parameters: 9, seed: 1, data: [], teacher: provenanceOf(teachers) };
  const page = provenance({ students: [student], states: [], logs: [], repeats: [] }).text;
  return page.match(/<td class="wrap">([^<]*)<\/td>/)![1];
};

it('names a teacher whose terms are not known, and says if rows name none', () => {
  expect(licenceOf('demo@127.0.0.1:8011-6f2a')).toBe(
    'not known: demo@127.0.0.1:8011-6f2a; its terms may bind this file',
  );
  expect(licenceOf('tiny', 'demo-6f2a')).toContain('not known for all of tiny and demo-6f2a');
  expect(licenceOf(undefined)).toContain('the data do not say which model made the labels');
  expect(licenceOf('tiny-0123456789ab')).toBe('MIT, like this project');
});
