import { useState } from "react";

import { mayDownload, saveFile } from "../../common/download";
import { useAction } from "../hooks/use-action";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Failure } from "./failure";

interface DownloadButtonProps {
  readonly children: string;
  readonly fileName: string;
  readonly load: () => Promise<string>;
  readonly kind?: "standard" | "subtle" | "link";
}

/** Saves a file; where the page may not, shows its text to be copied. */
export function DownloadButton({ children, fileName, load, kind = "standard" }: DownloadButtonProps) {
  const [shown, setShown] = useState<string | null>(null);
  const action = useAction(async () => {
    const text = await load();
    if (mayDownload()) saveFile(fileName, text);
    else setShown(text);
  });
  return (
    <>
      <Button kind={kind} icon="download" isBusy={action.isRunning} onClick={action.start}>
        {children}
      </Button>
      {action.error !== null && <Failure error={action.error} onRetry={action.start} />}
      {shown !== null && <FileText name={fileName} text={shown} onClose={() => setShown(null)} />}
    </>
  );
}

interface FileTextProps {
  readonly name: string;
  readonly text: string;
  readonly onClose: () => void;
}

function FileText({ name, text, onClose }: FileTextProps) {
  const [isCopied, setCopied] = useState(false);
  const copy = useAction(async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  });
  const footer = (
    <>
      <Button icon="copy" kind="primary" onClick={copy.start}>
        Copy
      </Button>
      <Button onClick={onClose}>Close</Button>
    </>
  );
  return (
    <Dialog title={name} onClose={onClose} footer={footer}>
      <p>Azure DevOps Server lets no extension save files. Copy the text into a file of that name.</p>
      <textarea className="input" aria-label={name} readOnly rows={12} value={text} />
      <p role="status">{isCopied ? "Copied" : copy.error !== null ? "Select the text and copy it with Ctrl+C." : ""}</p>
    </Dialog>
  );
}
