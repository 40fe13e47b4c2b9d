import { describe, expect, it } from 'vitest';
import { errorByQuestions } from './error-by-questions.ts';
import { toSvg } from './render.ts';
import { dark, light } from './theme.ts';

describe('errors by questions', () => {
  it.each([light, dark])('are drawn with a line a way, the student alone and the teacher, in $name', async (theme) => {
    const errors = [
      { series: 'student alone', questions: 0, error: 0.04 },
      { series: 'cascade', questions: 50, error: 0.03 },
      { series: 'cascade', questions: 400, error: 0.01 },
      // Has no place on a logarithmic scale.
      { series: 'certificate', questions: 400, error: 0 },
      { series: 'certificate', questions: 50, error: 0.002 },
    ];
    const svg = await toSvg(
      errorByQuestions(
        [
          { outcome: 'error of trips', errors },
          { outcome: 'nothing measured', errors: [] },
        ],
        { title: 'Questions', subtitle: 'and errors', teacher: 5600 },
        theme,
      ),
      theme,
    );
    for (const text of ['student alone', 'cascade', 'certificate', '5,600', '50', 'error of trips', 'nothing measured'])
      expect(svg).toContain(text);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});
