import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  enrolmentOf,
  newRecoveryCodes,
  newTotpSecret,
  readTotpCode,
  recoveryCodeHash,
  stepOfCode,
} from './one-time-codes.ts';
import { createSecretBox } from './secret-box.ts';

describe('codes of an app', () => {
  // RFC 6238, appendix B: the last six digits of its eight.
  const secret = new Uint8Array(Buffer.from('12345678901234567890'));
  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ])('at %d s are those of the standard', (seconds, code) => {
    const step = Math.floor(seconds / 30);
    const at = (offset: number) => new Date((seconds + offset) * 1000);
    expect(stepOfCode(secret, code, at(0))).toBe(step);
    expect(stepOfCode(secret, code, at(30))).toBe(step);
    expect(stepOfCode(secret, code, at(-30))).toBe(step);
    expect(stepOfCode(secret, code, at(60))).toBeNull();
    expect(stepOfCode(secret, code, at(-60))).toBeNull();
  });

  test('are read however they are typed', () => {
    expect(readTotpCode(' 123 456')).toBe('123456');
    for (const other of ['12345', '1234567', '12345a', 'mxff-5pyt-0vpv-1dhd', '１２３４５６']) {
      expect(readTotpCode(other)).toBeNull();
    }
  });

  test('come from a secret that is told in three ways', () => {
    const { secret: typed, uri, qr } = enrolmentOf(newTotpSecret(), 'ana@example.com');
    expect(typed).toMatch(/^[A-Z2-7]{32}$/);
    expect(new URL(uri).searchParams.get('secret')).toBe(typed);
    expect(uri).toContain('ana%40example.com');
    expect(qr).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/);
    expect(qr).not.toMatch(/style|script/);
  });
});

test('recovery codes are ten different ones, and the same however they are typed', () => {
  const codes = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}$/);
  const hash = recoveryCodeHash('p', '0123-abcd-1111-0000');
  expect(recoveryCodeHash('p', ' O123ABCD ILli oooo ')).toBe(hash);
  expect(recoveryCodeHash('q', '0123-abcd-1111-0000')).not.toBe(hash);
});

test('a sealed secret opens with its key, for its owner, unchanged', () => {
  const key = () => createSecretBox(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const [box, owner] = [key(), randomUUID()];
  const sealed = box.seal(Buffer.from('secret'), owner);
  expect(sealed).not.toContain(Buffer.from('secret').toString('base64url'));
  expect(box.open(sealed, owner)?.toString()).toBe('secret');
  expect(box.seal(Buffer.from('secret'), owner)).not.toBe(sealed);
  expect(box.open(sealed, randomUUID())).toBeNull();
  expect(key().open(sealed, owner)).toBeNull();
  const changed = (sealed.startsWith('A') ? 'B' : 'A') + sealed.slice(1);
  for (const bad of ['', changed, sealed.slice(0, -4)]) expect(box.open(bad, owner)).toBeNull();
});
