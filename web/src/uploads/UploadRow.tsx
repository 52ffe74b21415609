import { useRef } from 'preact/hooks';
import { sentenceOf } from '../api/problem.ts';
import { fileSize, roughly } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { isOnline } from '../shell/online.ts';
import { Button } from '../ui/Button.tsx';
import { rescueFocus } from '../ui/focus.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { showToast } from '../ui/toasts.ts';
import { cancelUpload, pauseUpload, resumeUpload } from './queue.ts';
import { askLeave } from './sources.ts';
import type { UploadItem } from './uploads.ts';

/** One upload: how far, how fast, and what can be done about it. */
export function UploadRow({ item }: { item: UploadItem }) {
  const { name, size, sent, state } = item;
  return (
    <li class="upload" data-state={state}>
      <div class="upload-head">
        <p class="upload-name">{name}</p>
        <UploadActions item={item} />
      </div>
      <ProgressBar
        value={(sent / size) * 100}
        label={t('uploadingOne', { name })}
        still={state !== 'sending'}
      />
      <p class="upload-facts small soft numbers">
        <span>{t('sentOf', { sent: fileSize(sent), size: fileSize(size) })}</span>
        <span>{wordsOf(item)}</span>
      </p>
      {state === 'failed' && (
        <p class="field-error" role="alert">
          {sentenceOf(item.problem)}
        </p>
      )}
    </li>
  );
}

function wordsOf({ state, speed, sent, size }: UploadItem): string {
  if (state !== 'sending') return t(`upload_${state}`);
  if (!isOnline.value) return t('upload_lost');
  if (sent >= size) return t('storing');
  if (!speed) return t('upload_sending');
  return t('speedAndRest', { speed: fileSize(speed), rest: roughly((size - sent) / speed) });
}

function UploadActions({ item: { id, name, size, state, source } }: { item: UploadItem }) {
  const named = (action: string) => ({ 'aria-label': t('actionOn', { action, name }) });
  /** The button makes room for another one. */
  const press = (act: (id: string) => void) => (event: Event) => {
    act(id);
    rescueFocus((event.currentTarget as Element).closest('.actions'));
  };
  const allow = async () => {
    if (source && (await askLeave(source))) resumeUpload(id);
  };
  return (
    <div class="actions">
      {state === 'needsFile' && <FileAgain id={id} name={name} size={size} />}
      {state === 'needsLeave' && (
        <Button size="small" icon="play" onClick={() => void allow()} {...named(t('resume'))}>
          {t('resume')}
        </Button>
      )}
      {(state === 'sending' || state === 'waiting') && (
        <Button
          kind="quiet"
          size="small"
          icon="pause"
          iconOnly
          onClick={press(pauseUpload)}
          {...named(t('pause'))}
        >
          {t('pause')}
        </Button>
      )}
      {(state === 'paused' || state === 'lost' || state === 'failed') && (
        <Button
          size="small"
          icon={state === 'failed' ? 'retry' : 'play'}
          onClick={press(resumeUpload)}
          {...named(t('resume'))}
        >
          {state === 'failed' ? t('tryAgain') : t('resume')}
        </Button>
      )}
      <Button
        kind="quiet"
        size="small"
        icon="close"
        iconOnly
        onClick={press(cancelUpload)}
        {...named(t('cancel'))}
      >
        {t('cancel')}
      </Button>
    </div>
  );
}

/** The browser has forgotten the file: its owner shows it once more. */
function FileAgain({ id, name, size }: { id: string; name: string; size: number }) {
  const input = useRef<HTMLInputElement>(null);
  const take = (file: File | undefined) => {
    if (!file) return;
    if (file.size === size) resumeUpload(id, file);
    else showToast(t('otherFile', { name }), { tone: 'bad' });
  };
  return (
    <>
      <input
        ref={input}
        class="unseen"
        type="file"
        tabIndex={-1}
        aria-hidden="true"
        onChange={({ currentTarget }) => take(currentTarget.files?.[0])}
      />
      <Button
        size="small"
        icon="film"
        onClick={() => input.current?.click()}
        aria-label={t('actionOn', { action: t('chooseAgain'), name })}
      >
        {t('chooseAgain')}
      </Button>
    </>
  );
}
