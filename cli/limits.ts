import { integer, number, type Options, text } from './options.ts';

/** What every verb that asks a teacher understands. */
export const limitOptions = {
  'max-questions': integer('Maximum number of questions to the teacher; remembered answers are free.', {
    min: 1,
    shown: 'no limit',
  }),
  'max-tokens': integer(
    'Maximum number of tokens in questions and replies together. A request is sent only if its largest possible size still fits; it counts as the larger of what is reported and what its texts must have.',
    { min: 1, shown: 'no limit' },
  ),
  'max-cost': number('Maximum spending on a teacher behind a server, in the currency of the table of prices.', {
    min: 1e-9,
    shown: 'no limit',
  }),
  prices: text('Table of prices by model, as JSON in the form of the package’s data/prices.json.', {
    placeholder: 'FILE',
    shown: "the package's",
  }),
} as const satisfies Options;

/** The limits of a command, from its flags. */
export const limitsOf = (values: Readonly<Record<string, unknown>>) => ({
  maxQuestions: values['max-questions'] as number | undefined,
  maxTokens: values['max-tokens'] as number | undefined,
  maxCost: values['max-cost'] as number | undefined,
  prices: values.prices as string | undefined,
});
