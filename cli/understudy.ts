#!/usr/bin/env node
import { main } from './main.ts';

// A reader that went away (`understudy --help | head -1`) ends the command quietly, a full disk does not; a closed
// standard error ends nothing.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`understudy: the result could not be written to standard output: ${error.message}\n`);
  process.exit(1);
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await main(process.argv.slice(2));
// Handles that a library keeps open must not keep a finished command waiting; what was printed goes out first.
process.stdout.write('', (error) => error ?? process.exit());
