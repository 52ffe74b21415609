import { useRef } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import type { ChosenFile } from './sources.ts';

/** Some systems don't know that these are videos. */
const ACCEPTED = 'video/*,.mkv,.avi,.mpg,.mpeg,.ts,.mts,.m2ts,.flv,.wmv,.ogv';

/** Where videos are chosen, recorded, or dropped. */
export function FileChooser({
  onFiles,
  isDraggedOver,
}: {
  onFiles: (files: ChosenFile[]) => void;
  isDraggedOver: boolean;
}) {
  return (
    <section class={`chooser${isDraggedOver ? ' over' : ''}`} aria-label={t('uploadVideos')}>
      <span class="chooser-icon">
        <Icon name="upload" size={26} />
      </span>
      <div class="chooser-words">
        <p class="chooser-title">
          <span class="mouse-only">{t('dropHere')}</span>
          <span class="touch-only">{t('uploadVideos')}</span>
        </p>
        <p class="soft small">{t('dropHint')}</p>
      </div>
      <div class="actions">
        <PickButton label={t('chooseVideos')} multiple onFiles={onFiles} />
        <PickButton label={t('record')} capture onFiles={onFiles} />
      </div>
    </section>
  );
}

interface PickProps {
  label: string;
  multiple?: boolean;
  capture?: boolean;
  onFiles: (files: ChosenFile[]) => void;
}

function PickButton({ label, multiple = false, capture, onFiles }: PickProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <span class={capture ? 'touch-only' : undefined}>
      <input
        ref={input}
        class="unseen"
        type="file"
        tabIndex={-1}
        aria-hidden="true"
        accept={ACCEPTED}
        multiple={multiple}
        {...(capture && { capture: 'environment' as const })}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])].map((file) => ({ file, handle: null })));
          // The same file can be chosen again.
          currentTarget.value = '';
        }}
      />
      <Button
        kind={capture ? 'plain' : 'primary'}
        icon={capture ? 'camera' : 'plus'}
        onClick={() => input.current?.click()}
      >
        {label}
      </Button>
    </span>
  );
}
