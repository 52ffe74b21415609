import { randomInt } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { renderSVG } from 'uqr';
import type { Enrolment } from '../../lib/replies.ts';
import { digest } from '../../lib/digest.ts';

// What every authenticator app understands (RFC 6238); many ignore what a URI says of other digits, periods or hashes.
const PERIOD_SECONDS = 30;
const DIGITS = 6;
/** Clocks of telephones differ, and typing takes its time: one step earlier or later does (RFC 6238, section 5.2). */
const WINDOW = 1;
/** 160 bits (RFC 4226, section 4). */
const SECRET_BYTES = 20;

const ISSUER = 'Video frames';

/** A secret for an app that makes codes. */
export const newTotpSecret = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new Secret({ size: SECRET_BYTES }).bytes);

/** @param label tells the account from others in the app */
export function enrolmentOf(secret: Uint8Array<ArrayBuffer>, label: string): Enrolment {
  const totp = totpOf(secret, label);
  const uri = totp.toString();
  return {
    secret: totp.secret.base32,
    uri,
    qr: renderSVG(uri, { ecc: 'M', border: QUIET_ZONE, pixelSize: 1 }),
  };
}

/**
 * The time step that a code belongs to.
 * @returns null when it is none of the codes that are valid now
 */
export function stepOfCode(secret: Uint8Array<ArrayBuffer>, code: string, now: Date): number | null {
  const delta = totpOf(secret).validate({ token: code, timestamp: now.getTime(), window: WINDOW });
  return delta === null ? null : Math.floor(now.getTime() / 1000 / PERIOD_SECONDS) + delta;
}

function totpOf(secret: Uint8Array<ArrayBuffer>, label = ''): TOTP {
  return new TOTP({
    issuer: ISSUER,
    label,
    secret: new Secret({ buffer: secret.slice().buffer }),
    algorithm: 'SHA1',
    digits: DIGITS,
    period: PERIOD_SECONDS,
  });
}

/** A light border of four modules is part of a QR code (ISO/IEC 18004). */
const QUIET_ZONE = 4;

const RECOVERY_CODES = 10;
const RECOVERY_CODE_LENGTH = 24;
/**
 * Crockford's base 32: no letters that look like digits. 24 of them are 120 random bits; from 112 on, a slow hash is not
 * needed (OWASP ASVS 5.0, 6.5.2).
 */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Ten codes, each of six groups of four characters. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () =>
    Array.from({ length: RECOVERY_CODE_LENGTH }, (_, index) => {
      const character = ALPHABET[randomInt(ALPHABET.length)] ?? '';
      return index > 0 && index % 4 === 0 ? `-${character}` : character;
    }).join(''),
  );
}

/** What is stored of a recovery code, however it was typed. */
export function recoveryCodeHash(personId: string, code: string): string {
  const plain = code
    .toLowerCase()
    .replace(/[^0-9a-z]/g, '')
    .replaceAll('o', '0')
    .replace(/[il]/g, '1');
  return digest('recovery', personId, plain);
}

/** The six digits of an app's code, which people type with a space in the middle; null when it is something else. */
export function readTotpCode(code: string): string | null {
  const plain = code.replace(/[\s-]/g, '');
  return /^\d{6}$/.test(plain) ? plain : null;
}
