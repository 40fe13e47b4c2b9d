import { createHmac } from 'node:crypto';

/** Shows that a viewer has the token without saying it to whoever reads along: good for this viewer of this link alone. */
export const proofOf = (token: string, link: string, guest: number): string =>
  createHmac('sha256', token).update(`${link} ${guest}`).digest('base64url');
