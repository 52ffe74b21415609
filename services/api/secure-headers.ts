import type { RequestListener } from 'node:http';

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
  "object-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // No text becomes markup or code, whatever a mistake in the page does with it.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** What no part of the page uses, and an injected one should not get. */
const unused = ['camera', 'display-capture', 'geolocation', 'microphone', 'midi', 'payment', 'serial', 'usb'];

const headers = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': unused.map((feature) => `${feature}=()`).join(', '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Browsers that came by TLS once come by nothing else for two years. They ignore it where there is no TLS. */
const onlyTls = { 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains' };

/**
 * Give every answer the security headers. This stands before everything that may answer, because middleware of a route
 * does not see what fails before it, such as a body that can't be parsed.
 * @param publicUrl where people reach the system; https means that TLS ends at a proxy before it
 */
export function secured(handle: RequestListener, publicUrl: string): RequestListener {
  const all = Object.entries({ ...headers, ...(publicUrl.startsWith('https:') ? onlyTls : {}) });
  return (req, res) => {
    for (const [name, value] of all) res.setHeader(name, value);
    handle(req, res);
  };
}
