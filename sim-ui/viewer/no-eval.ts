import { config } from 'zod';

// Zod would write its checks as functions from strings, which the content security policy forbids. It decides when a
// schema is defined, so this module comes before every other.
config({ jitless: true });
