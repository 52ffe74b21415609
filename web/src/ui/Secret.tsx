import { useState } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { Button } from './Button.tsx';
import { showToast } from './toasts.ts';

/** Something to be copied somewhere else, shown as it is. */
export function Secret({ value, label }: { value: string; label: string }) {
  return (
    <div class="secret">
      <code aria-label={label} tabIndex={0} role="group">
        {value}
      </code>
      <CopyButton value={value} />
    </div>
  );
}

/** Puts a text on the clipboard; where the browser forbids it, the text is there to be selected. */
export function CopyButton({ value, children }: { value: string; children?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      showToast(t('copyYourself'), { tone: 'bad' });
    }
  };
  return (
    <>
      <Button
        size="small"
        icon={copied ? 'check' : 'copy'}
        onClick={() => void copy()}
        onBlur={() => setCopied(false)}
      >
        {copied ? t('copied') : (children ?? t('copy'))}
      </Button>
      <span role="status" class="unseen">
        {copied && t('copied')}
      </span>
    </>
  );
}
