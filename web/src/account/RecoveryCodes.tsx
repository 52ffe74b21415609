import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Note } from '../ui/Note.tsx';
import { saveText } from './save-text.ts';
import { CopyButton } from '../ui/Secret.tsx';
import { a } from './texts/index.ts';

interface RecoveryCodesProps {
  codes: string[];
  email: string;
  onKept: () => void;
}

/** The codes, this once. */
export function RecoveryCodes({ codes, email, onKept }: RecoveryCodesProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []);
  const text = codes.join('\n');
  const file = `${a('recoveryFile', { product: t('productName'), email })}\n\n${text}\n`;
  return (
    <div ref={place} tabIndex={-1} class="plain-focus">
      <Card title={a('recoveryCodes')}>
        <Note tone="warn">
          <p>{a('recoveryIntro')}</p>
        </Note>
        <ol class="codes">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <div class="actions">
          <CopyButton value={text} />
          <Button size="small" icon="download" onClick={() => saveText('recovery-codes.txt', file)}>
            {a('downloadCodes')}
          </Button>
        </div>
        <div class="actions">
          <Button kind="primary" onClick={onKept}>
            {a('codesKept')}
          </Button>
        </div>
      </Card>
    </div>
  );
}
