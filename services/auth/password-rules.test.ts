import { describe, expect, test } from '@jest/globals';
import { insistOnGoodPassword } from './password-rules.ts';

const owner = { email: 'maria.silva@nordfilm.example', name: 'Maria da Silva' };
const refusedFor = (code: string, path = 'password') => ({
  type: 'validation_failed',
  data: { errors: [{ path, code, message: expect.any(String) }] },
});

describe('a new password', () => {
  test.each([
    ...['1234567890', 'Qwertyuiop', 'password123', 'PASSWORD2024!', '!!sunshine!!', 'dragondragon'],
    ...['aaaaaaaaaa', 'abababababab', 'ｐａｓｓｗｏｒｄ123', 'Video-System', 'video frames 2026'],
  ])('that is guessed first is refused: %s', async (password) => {
    await expect(insistOnGoodPassword(password, owner)).rejects.toMatchObject(refusedFor('too_common'));
  });

  test.each([
    'maria.silva@nordfilm.example',
    'MariaSilva1',
    'silvamaria12',
    'nordfilm-2024',
    'María da Silva',
  ])('made of its owner’s address or name is refused: %s', async (password) => {
    const named = { ...owner, name: 'María da Silva' };
    await expect(insistOnGoodPassword(password, named, 'newPassword')).rejects.toMatchObject(
      refusedFor('like_email', 'newPassword'),
    );
  });

  test('may not be a name of three letters with little around it; two stand in too much', async () => {
    const [eva, al] = ['eva', 'al'].map((name) => ({ email: `x@${name}.example`, name }));
    await expect(insistOnGoodPassword('eva-7!-?-+-=', eva ?? owner)).rejects.toMatchObject(
      refusedFor('like_email'),
    );
    await expect(insistOnGoodPassword('al-7!-?-+-=+', al ?? owner)).resolves.toBeUndefined();
  });

  test.each([
    ...['correct horse battery', 'long enough 1', 'a very long secret', 'dragon 7391840265', '7391840265 x'],
    ...['maria sings at dawn', 'kühler Morgen', 'frames of birds in May', '昨日は雨が降りました'],
  ])('of one’s own is taken: %s', async (password) => {
    await expect(insistOnGoodPassword(password, owner)).resolves.toBeUndefined();
  });

  test('is compared in no time, however long it is', async () => {
    const started = performance.now();
    await insistOnGoodPassword(`${'ab'.repeat(50)}c${'ab'.repeat(49)}`, owner);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
