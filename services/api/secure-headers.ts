import type { IncomingMessage, ServerResponse } from 'node:http';

/** The page loads nothing but its own files, asks nobody but its own server, and runs no inline code. */
const policy = [
  "default-src 'none'",
  "base-uri 'none'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "img-src 'self' blob:",
  // A chosen video is looked into before it is uploaded.
  'media-src blob:',
  "script-src 'self'",
  "style-src 'self'",
].join('; ');

const headers = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Middleware: the security headers of every answer. */
export function secureHeaders(_req: IncomingMessage, res: ServerResponse, next: () => void): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  next();
}
