import { integer, text } from './options.ts';

/** What every verb understands whose pieces can be worked on by other machines. */
export const queueOptions = {
  queue: text(
    'Server (Redis or Valkey) by which understudy workers on any machines do the work. If this command is stopped, they go on; the same command joins them and fetches the results.',
    { placeholder: 'redis://HOST:PORT/DB', shown: 'all is done here' },
  ),
  jobs: integer('Number of jobs for --queue; one of 10 to 60 s is a good size.', {
    min: 1,
    max: 100_000,
    shown: 'eight for each place at a worker, at least 16',
  }),
};
