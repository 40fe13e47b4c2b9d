import { expect, it } from 'vitest';
import { type Figure, figureTable } from './render.ts';

it('one data set is its rows, empty where a row lacks a column', () => {
  const figure = {
    data: {
      values: [
        { model: 'mlp, small', mse: 0.25 },
        { model: 'logistic', mse: 0, note: true },
      ],
    },
    mark: 'bar',
    encoding: { x: { field: 'mse', axis: { values: [0, 1] } } },
  } as unknown as Figure;
  expect(figureTable(figure)).toBe('model,mse,note\n"mlp, small",0.25,\nlogistic,0,true\n');
});

it('several data sets are counted where they are drawn, a repeated one once', () => {
  const line = { values: [{ from: 0 }] };
  const figure = {
    vconcat: [
      {
        layer: [
          { data: line, mark: 'rule' },
          { data: { values: [{ mse: 0.5 }] }, mark: 'bar' },
        ],
      },
      { data: { values: [{ from: 0 }] }, mark: 'rule' },
    ],
  } as unknown as Figure;
  expect(figureTable(figure)).toBe('dataset,from,mse\n1,0,\n2,,0.5\n');
});
