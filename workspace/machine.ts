import { cpus } from 'node:os';

/** What a rate or a time was measured on. */
export const machine = (): string => `${cpus()[0]?.model.trim() || process.arch}, Node.js ${process.versions.node}`;
