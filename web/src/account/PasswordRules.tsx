import { Icon } from '../ui/Icon.tsx';
import { a } from './texts/index.ts';

interface Owner {
  email: string;
  name: string | null;
}

/** Only what can be told here; the server looks closer. */
function isOwn(password: string, { email, name }: Owner): boolean {
  const letters = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
  const words = [...email.split(/[^\p{L}\p{N}]+/u), ...(name ?? '').split(/\s+/), email, name ?? '']
    .map(letters)
    .filter((word) => word.length >= 3)
    .sort((x, y) => y.length - x.length);
  const whole = letters(password);
  const left = words.reduce((rest, word) => rest.replaceAll(word, ''), whole);
  return left !== whole && left.length < 5;
}

/** The rules of a new password, and which of them it keeps already. */
export function PasswordRules({ password, owner }: { password: string; owner?: Owner }) {
  const rules = [
    { words: a('ruleLength'), met: password.length >= 10 },
    ...(owner ? [{ words: a('ruleOwn'), met: password.length > 0 && !isOwn(password, owner) }] : []),
    { words: a('ruleCommon'), met: null },
  ];
  return (
    <ul class="rules">
      {rules.map(({ words, met }) => (
        <li key={words} class={met ? 'met' : undefined}>
          <Icon name={met ? 'check' : 'dot'} size={16} />
          <span>
            {words}
            {met && <span class="unseen"> {a('ruleMet')}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
