import type { ConfigView } from '../../shared/catalog/define.ts';
import { fixesOf, type Fix } from '../../shared/fixes.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import { FixButtons } from './fix-buttons.tsx';
import { FolderList } from './folder-list.tsx';
import { MailList } from './mail-list.tsx';
import { StageFacts } from './stage-facts.tsx';
import { StageLines, stageTitles } from './stage-lines.tsx';

/** All that a connection test found, stage by stage, each with its facts and the buttons that may cure it. */
export function ProbeReport({
  stages,
  view,
  busy,
  onFix,
}: {
  stages: ProbeStage[];
  view: ConfigView;
  busy: Fix | undefined;
  onFix: (fix: Fix) => void;
}) {
  return (
    <StageLines
      stages={stages}
      renderBelow={(stage) => (
        <>
          <StageFacts stage={stage} />
          <FixButtons fixes={fixesOf(stage, view)} about={stageTitles[stage.stage]} busy={busy} onFix={onFix} />
          {stage.facts?.folders && <FolderList folders={stage.facts.folders} />}
          {stage.facts?.preview && (
            <div className="mt-1.5">
              <MailList mails={stage.facts.preview} />
            </div>
          )}
        </>
      )}
    />
  );
}
