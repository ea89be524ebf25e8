"""The published IMDer as a peer of `lab recover` (bench/peers/README.md).

Holds none of its code: it imports the score network and the sampler from a checkout. It speaks the protocol
of src/Amodal/Benchmarks/PeerSubject.cs: a greeting as one line of JSON, then an answer to every line.
"""

import argparse
import ctypes
import json
import math
import os
import sys
import time
import types


def packages_without_their_init(checkout, names):
    """Makes the checkout's packages importable without running their __init__ files, which want transformers, pynvml and a GPU."""
    for name in names:
        package = types.ModuleType(name)
        package.__path__ = [os.path.join(checkout, *name.split("."))]
        sys.modules[name] = package


def blas_in_use():
    """The file behind libblas in this process: the reference BLAS is ten times slower than OpenBLAS."""
    found = set()
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            for line in maps:
                path = line.split()[-1]
                if any(word in os.path.basename(path) for word in ("blas", "mkl", "gslcblas")):
                    found.add(path)
    except OSError:
        pass
    return sorted(found)


def is_fast(libraries):
    """Whether one of them is an optimised BLAS. Wheels from the package index carry theirs inside libtorch."""
    return any(word in library for library in libraries for word in ("openblas", "mkl", "blis"))


def set_threads(torch, libraries, count):
    """Torch's own threads, and those of OpenBLAS, which torch does not know of: they would be as many as the cores."""
    torch.set_num_threads(count)
    for library in libraries:
        if "openblas" in library:
            loaded = ctypes.CDLL(library)
            if hasattr(loaded, "openblas_set_num_threads"):
                loaded.openblas_set_num_threads(count)


class Learner:
    """The published model with the optimiser of its released training, on features shaped like CMU-MOSI's.

    Features stand for what BERT gave: running it, loading, validation and the copies saved every epoch are no part of a step.
    """

    def __init__(self, checkout, torch):
        with open(os.path.join(checkout, "config", "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        common, mosi = config["imder"]["commonParams"], config["imder"]["datasetParams"]["mosi"]
        data = config["datasetCommonParams"]["mosi"]["aligned"]
        self.torch, self.widths, self.clip = torch, data["feature_dims"], mosi["grad_clip"]
        self.facts = {"batch": mosi["batch_size"], "patience": common["early_stop"], "utterances": data["train_samples"]}
        self.settings = types.SimpleNamespace(
            **{**common, **mosi, "feature_dims": self.widths, "num_classes": data["num_classes"], "train_mode": "regression", "use_bert": False})
        self.model = None

    def prepare(self):
        """Makes the model at the first step: it asks for a GPU by name in two places, which are led to the CPU."""
        sub_nets = sys.modules["trains.subNets"]
        sub_nets.BertTextEncoder = None  # the package's __init__ would import it, and transformers with it
        from trains.singleTask.model import imder

        sampler = imder.Euler_Maruyama_sampler
        imder.device = "cpu"
        imder.Euler_Maruyama_sampler = lambda *args, device, **named: sampler(*args, device="cpu", **named)
        self.model = imder.IMDER(self.settings).train()
        self.optimiser = self.torch.optim.Adam(self.model.parameters(), lr=self.settings.learning_rate)

    def step(self, batch, missing):
        """Seconds of one training step as do_train of the released code takes it."""
        torch = self.torch
        if self.model is None:
            self.prepare()
        text, audio, vision = (torch.randn(batch, 50, width) for width in self.widths)
        labels = torch.randn(batch, 1)
        started = time.perf_counter()
        self.optimiser.zero_grad()
        out = self.model(text, audio, vision, num_modal=3 - missing)
        loss = torch.nn.functional.l1_loss(out["M"], labels)
        loss = loss + 0.1 * (out["loss_score_l"] + out["loss_score_v"] + out["loss_score_a"] + out["loss_rec"])
        loss.backward()
        torch.nn.utils.clip_grad_value_([p for p in self.model.parameters() if p.requires_grad], self.clip)
        self.optimiser.step()
        loss.item()
        return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description="The published IMDer as a peer of `lab recover`.")
    parser.add_argument("--checkout", required=True, help="folder of github.com/mdswyz/IMDer")
    parser.add_argument("--threads", type=int, default=0, help="threads to begin with; 0 keeps torch's own number")
    parser.add_argument("--allow-slow-blas", action="store_true", help="go on with a BLAS that is not optimised")
    args = parser.parse_args()
    if not os.path.isfile(os.path.join(args.checkout, "trains", "singleTask", "model", "scoremodel.py")):
        sys.exit(f"{args.checkout} holds no trains/singleTask/model/scoremodel.py; give a checkout of github.com/mdswyz/IMDer")

    # Answers go to the real standard output; whatever the checkout prints goes to standard error.
    answers, sys.stdout = sys.stdout, sys.stderr
    import torch

    torch.mm(torch.ones(8, 8), torch.ones(8, 8))  # loads the BLAS
    libraries = blas_in_use()
    if libraries and not is_fast(libraries) and not args.allow_slow_blas:
        sys.exit(
            f"torch computes with {', '.join(libraries)}, which is not an optimised BLAS: its times would flatter whoever is compared. "
            "Install libopenblas0-pthread, or go on with --allow-slow-blas")
    if args.threads > 0:
        set_threads(torch, libraries, args.threads)

    packages_without_their_init(args.checkout, (
        "trains", "trains.singleTask", "trains.singleTask.model", "trains.subNets", "trains.subNets.transformers_encoder"))
    from trains.singleTask.model.scoremodel import Euler_Maruyama_sampler, ScoreNet, num_steps

    # The variance-exploding process of the paper, dx = sigma^t dw with sigma = 25 (Song et al. 2021).
    sigma = 25.0

    def std(t):
        return torch.sqrt((sigma ** (2 * t) - 1.0) / (2.0 * math.log(sigma)))

    def diffusion(t):
        return sigma ** t

    torch.manual_seed(1)
    networks = [ScoreNet(std).eval() for _ in range(2)]  # one per missing modality, as in the published model
    conditions = {}
    learner = Learner(args.checkout, torch) if os.path.isfile(os.path.join(args.checkout, "config", "config.json")) else None

    def run(batch, missing):
        condition = conditions.setdefault(batch, torch.randn(batch, 32, 48))
        started = time.perf_counter()
        for network in networks[:missing]:
            result = Euler_Maruyama_sampler(network, std, diffusion, batch, device="cpu", condition=condition)
        seconds = time.perf_counter() - started
        if result.shape != (batch, 32, 48):
            raise RuntimeError(f"the sampler gave {tuple(result.shape)}")
        return seconds

    def answer(words):
        if len(words) == 3 and words[0] == "run":
            return f"seconds {run(int(words[1]), int(words[2])):.9f}"
        if len(words) == 3 and words[0] == "train" and learner:
            return f"seconds {learner.step(int(words[1]), int(words[2])):.9f}"
        if len(words) == 2 and words[0] == "threads":
            set_threads(torch, libraries, int(words[1]))
            return "ok"
        return f"error unknown request: {' '.join(words)}"

    def say(line):
        answers.write(line + "\n")
        answers.flush()

    details = f"torch {torch.__version__}, {', '.join(os.path.basename(os.path.realpath(p)) for p in libraries) or 'its own BLAS'}, Python {sys.version.split()[0]}"
    say(json.dumps({"protocol": 1, "name": "IMDer (published)", "mostMissing": len(networks), "nfe": num_steps, "details": details,
                    "training": learner and learner.facts}))
    for line in sys.stdin:
        try:
            say(answer(line.split()))
        except (ValueError, RuntimeError) as fault:
            say(f"error {fault}")


if __name__ == "__main__":
    main()
