"""The same telephone call on Pipecat, as tuned as its public settings allow. A program of its own.

It runs in an environment of its own (`evals/bench/peers/environment.py`) and imports nothing of
ours. Tuned: Flux ends turns and begins them early, so no voice detector and no turn model run; the
voice gets tokens instead of sentences; audio stays at 8 kHz; nothing is logged or measured inside.
"""

import argparse
import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.adapters.schemas.function_schema import FunctionSchema
from pipecat.adapters.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.deepgram.flux.stt import DeepgramFluxSTTService
from pipecat.services.deepgram.tts import DeepgramTTSService
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.tts_service import TextAggregationMode
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from pipecat.turns.user_turn_strategies import EagerUserTurnStrategies
from pipecat.workers.runner import WorkerRunner

_RATE = 8000
_KEY = "bench"
_GREETING = "Good morning, how can I help?"


async def _tool(params: FunctionCallParams) -> None:
    told = {"success": True, "data": {}, "message": "We are on Main Street."}
    await params.result_callback(told)


def _tools(request: dict[str, Any]) -> ToolsSchema:
    functions = [tool["function"] for tool in request["tools"]]
    return ToolsSchema(
        standard_tools=[
            FunctionSchema(
                name=one["name"],
                description=one["description"],
                properties=one["parameters"].get("properties", {}),
                required=one["parameters"].get("required", []),
                handler=_tool,
            )
            for one in functions
        ]
    )


async def _started(socket: WebSocket) -> tuple[str, str]:
    """The stream and the call, from Twilio's first messages."""
    while True:
        message = json.loads(await socket.receive_text())
        if message["event"] == "start":
            return message["streamSid"], message["start"]["callSid"]


async def _call(socket: WebSocket, request: dict[str, Any], *, mode: str) -> None:
    stream_sid, call_sid = await _started(socket)
    deepgram = os.environ["DEEPGRAM_BASE_URL"].replace("http", "ws", 1)
    serializer = TwilioFrameSerializer(
        stream_sid,
        call_sid,
        params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
    )
    transport = FastAPIWebsocketTransport(
        websocket=socket,
        params=FastAPIWebsocketParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            add_wav_header=False,
            serializer=serializer,
        ),
    )
    ears = DeepgramFluxSTTService(
        api_key=_KEY,
        url=f"{deepgram}/v2/listen",
        tag=[f"call:{call_sid}"],
        enable_eager_end_of_turn=True,
    )
    model = OpenAILLMService(
        api_key=_KEY,
        base_url=os.environ["OPENAI_BASE_URL"],
        settings=OpenAILLMService.Settings(model=request["model"]),
    )
    voice = DeepgramTTSService(
        api_key=_KEY,
        base_url=deepgram,
        text_aggregation_mode=TextAggregationMode(mode),
        settings=DeepgramTTSService.Settings(voice="aura-2-thalia-en"),
    )
    context = LLMContext(messages=list(request["messages"]), tools=_tools(request))
    # Given none, it would build a turn model for every call, and throw it away for Flux's own.
    strategies = LLMUserAggregatorParams(user_turn_strategies=EagerUserTurnStrategies())
    talk = LLMContextAggregatorPair(context, user_params=strategies)
    pipeline = Pipeline(
        [
            transport.input(), ears, talk.user(), model, voice, transport.output(),
            talk.assistant(),
        ]
    )  # fmt: skip
    worker = PipelineWorker(
        pipeline,
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
        params=PipelineParams(audio_in_sample_rate=_RATE, audio_out_sample_rate=_RATE),
    )

    async def greet(_transport: Any, _client: Any) -> None:
        await worker.queue_frames([TTSSpeakFrame(_GREETING)])

    async def part(_transport: Any, _client: Any) -> None:
        await worker.cancel()

    transport.add_event_handler("on_client_connected", greet)
    transport.add_event_handler("on_client_disconnected", part)
    runner = WorkerRunner(handle_sigint=False, check_dangling_tasks=False)
    await runner.add_workers(worker)
    await runner.run()


def create_app(request: dict[str, Any], mode: str) -> FastAPI:
    """The service. `request` is what every request to the model holds, its prompt included."""
    app = FastAPI()

    @app.get("/health")
    async def health() -> dict[str, bool]:
        return {"ok": True}

    @app.websocket("/twilio/media")
    async def media(socket: WebSocket) -> None:
        await socket.accept()
        await _call(socket, request, mode=mode)

    return app


def main() -> None:
    """Serve until stopped."""
    options = argparse.ArgumentParser(prog="pipecat_call")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--request", type=Path, required=True)
    options.add_argument("--mode", choices=("token", "sentence"), default="token")
    given = options.parse_args()
    # Its messages at DEBUG, which is the default, take a fifth of its time.
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    app = create_app(json.loads(given.request.read_text()), given.mode)
    gc.collect()
    gc.freeze()  # as the service does
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", loop="uvloop")


if __name__ == "__main__":
    main()
