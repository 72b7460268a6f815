"""The subjects that synthetic papers are about: their vocabulary, and whether the demo reader wants them."""

from dataclasses import dataclass

FIELDS = (
    "深度学习理论",
    "深度学习可解释性",
    "原生多模态大模型",
    "高效大模型训练与推理",
    "多模态智能体",
    "大模型安全与对齐",
    "大模型新技术",
)


@dataclass(frozen=True)
class Subject:
    """What papers of one subject are about; `field` is the demo reader's, None where the reader wants none.

    `weight` is its share (before drift), `homes` its primary categories with weights, `chinese` its name in
    reasons. The vocabularies are noun phrases, and `facts` sentences with {topic}, {method} and so on.
    """

    field: str | None
    weight: float
    homes: dict[str, int]
    chinese: str
    topics: tuple[str, ...]
    methods: tuple[str, ...]
    troubles: tuple[str, ...]
    settings: tuple[str, ...]
    facts: tuple[str, ...]
    grows: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|"))


SUBJECTS = (
    Subject(
        FIELDS[0], 6, {"cs.LG": 9, "cs.AI": 1}, "优化与泛化理论",
        _words("stochastic optimization|deep linear networks|implicit regularization"
               "|feature learning|loss landscape geometry|generalization bounds|training dynamics"
               "|scaling laws"),
        _words("layerwise step sizes|preconditioned momentum|sharpness-aware schedules"
               "|spectral updates|mean-field limits|gradient flow analysis|PAC-Bayesian arguments"
               "|neural tangent kernels"),
        _words("heavy-tailed gradients|the edge of stability|label noise|ill-conditioned curvature"
               "|plateaus early in training|large batches"),
        _words("two-layer ReLU networks|wide transformers|matrix factorization"
               "|overparameterized regression|deep residual networks"),
        ("We prove a convergence rate for {method} that does not degrade under {trouble}.",
         "In a continuous-time limit, {method} and the top eigenvectors of the Hessian align.",
         "The bound depends on the trace of the Fisher matrix rather than on the number of parameters.",
         "Loss curves of {setting} collapse onto one line once the learning rate is rescaled by depth.",
         "Our theorem separates {topic} from the lazy regime by a polynomial factor in the width."),
    ),
    Subject(
        FIELDS[1], 5, {"cs.LG": 6, "cs.AI": 4}, "模型可解释性",
        _words("mechanistic interpretability|circuit discovery|attention head attribution"
               "|feature steering|concept representations|in-context learning circuits"
               "|probing of hidden states"),
        _words("sparse autoencoders|activation patching|causal tracing|linear probes|transcoders"
               "|dictionary learning|logit lenses"),
        _words("polysemantic neurons|superposition|dead latents|unfaithful explanations"
               "|feature splitting|probe leakage"),
        _words("mid-layer residual streams|small transformers|induction heads|vision encoders"
               "|reasoning traces"),
        ("Ablating the recovered circuit in {setting} removes the behaviour and leaves the rest intact.",
         "Individual latents found by {method} fire on one concept and can be named by readers.",
         "We trace the answer token back through a handful of heads with {method}.",
         "Monosemantic features emerge once the loss penalises {trouble}.",
         "Steering along a single direction changes what the model says about {topic}."),
    ),
    Subject(
        FIELDS[2], 7, {"cs.CV": 8, "cs.AI": 1, "cs.LG": 1}, "多模态理解与生成统一建模",
        _words("unified multimodal models|vision-language pretraining"
               "|image-text interleaved generation|long video understanding|visual tokenization"
               "|omni-modal dialogue|multimodal reasoning"),
        _words("early-fusion transformers|discrete visual tokenizers|mixture-of-modality experts"
               "|native resolution encoders|cross-modal curricula|joint autoregressive objectives"),
        _words("modality imbalance|visual hallucination|token redundancy|caption noise"
               "|catastrophic forgetting of text skills"),
        _words("interleaved documents|hour-long videos|audio-visual question answering"
               "|chart and page images|text-to-image prompts"),
        ("A single decoder reads and writes pixels, words and sound without a frozen vision encoder.",
         "With {method}, visual tokens and text tokens share one vocabulary and one loss.",
         "Instruction tuning on {setting} improves perception without costing language ability.",
         "Hallucinated objects drop once we measure {trouble} per modality.",
         "The multimodal large language model attends to the frames that matter in {setting}."),
    ),
    Subject(
        FIELDS[3], 6, {"cs.LG": 8, "cs.AI": 2}, "大模型推理加速",
        _words("large language model inference|key-value cache compression|low-bit pretraining"
               "|mixture-of-experts serving|long-context decoding|model quantization"
               "|structured pruning"),
        _words("speculative decoding|four-bit quantization|low-rank adapters|block-sparse attention"
               "|token eviction|pipeline scheduling|fused kernels"),
        _words("activation outliers|memory bandwidth limits|expert imbalance|cache fragmentation"
               "|stragglers across accelerators"),
        _words("a single consumer GPU|128k-token prompts|multi-tenant clusters|edge devices"
               "|batched decoding"),
        ("Throughput grows 2.{n}x at equal perplexity, and peak memory falls by half.",
         "Kernels for {method} overlap communication with computation on {setting}.",
         "The cache keeps {n} percent of its entries and loses no accuracy on retrieval tasks.",
         "We calibrate {method} with a few hundred tokens and never retrain the weights.",
         "Latency per token is bounded by {trouble}, not by arithmetic."),
    ),
    Subject(
        FIELDS[4], 4, {"cs.AI": 7, "cs.CV": 2, "cs.LG": 1}, "图形界面智能体",
        _words("GUI agents|computer-use agents|mobile app navigation|web task automation"
               "|visual grounding of widgets|multimodal tool use"),
        _words("screen-parsing pretraining|reflective planning|action trajectory distillation"
               "|online reinforcement learning|set-of-marks prompting|episodic memory"),
        _words("long action horizons|ambiguous icons|pop-up distractions|sparse task rewards"
               "|irreversible clicks"),
        _words("desktop screenshots|android emulators|live web pages|spreadsheet software"
               "|cross-app workflows"),
        ("The agent clicks, types and scrolls from screenshots alone, without an accessibility tree.",
         "Trajectories with {method} succeed on {n} percent of the tasks in {setting}.",
         "A verifier rejects steps that cannot be undone before they reach the interface.",
         "Grounding errors on small widgets explain most failures under {trouble}.",
         "Agents recover from a wrong click after {method} on their own mistakes."),
    ),
    Subject(
        FIELDS[5], 5, {"cs.AI": 5, "cs.LG": 5}, "大模型安全对齐",
        _words("language model alignment|jailbreak defense|reward hacking|preference optimization"
               "|red teaming|refusal behavior|deception monitoring"),
        _words("constitutional critiques|adversarial preference pairs|safety probes"
               "|process reward models|debate between models|refusal-direction editing"),
        _words("prompt injection|over-refusal|sycophancy|reward model misspecification"
               "|emergent misalignment"),
        _words("multi-turn chats|tool-calling assistants|open-weight models|code assistants"
               "|multilingual prompts"),
        ("Attack success falls to {n} percent while harmless requests are still answered.",
         "Human preferences collected for {topic} disagree most where harm is indirect.",
         "A monitor reading chains of thought catches {trouble} before the final answer.",
         "Safety training with {method} survives later fine-tuning on benign data.",
         "We release an adversarial prompt taxonomy for {setting} with severity labels."),
    ),
    Subject(
        FIELDS[6], 2.5, {"cs.LG": 6, "cs.AI": 4}, "扩散语言模型",
        _words("diffusion language models|masked discrete diffusion"
               "|non-autoregressive text generation|any-order decoding|block diffusion"
               "|latent reasoning"),
        _words("confidence-ordered unmasking|score entropy training|remasking samplers"
               "|annealed noise schedules|trajectory distillation for denoisers"
               "|variable-length canvases"),
        _words("independent token assumptions|fixed output length|slow denoising"
               "|premature commitment of tokens"),
        _words("code infilling|mathematical word problems|parallel decoding|long-form writing"
               "|planning puzzles"),
        ("The denoiser writes all positions in parallel and revises them in {n} steps.",
         "Masked diffusion matches an autoregressive baseline of equal size on {setting}.",
         "Remasking low-confidence tokens repairs errors that left-to-right decoding keeps.",
         "A variational bound ties {method} to the entropy of the unmasking order.",
         "Bidirectional context lets the diffusion language model fill gaps in {setting}."),
        grows=True,
    ),
    Subject(
        None, 9, {"cs.CV": 9, "cs.LG": 1}, "医学影像",
        _words("medical image segmentation|chest radiograph triage|histopathology slide grading"
               "|retinal screening|ultrasound reconstruction|tumor delineation"),
        _words("U-shaped state space networks|anatomical priors|semi-supervised mask propagation"
               "|contrast-free synthesis|uncertainty-weighted ensembles"),
        _words("scanner shift|scarce annotations|class imbalance of lesions|motion artifacts"),
        _words("multi-center MRI|abdominal CT volumes|whole-slide images|pediatric cohorts"
               "|low-field scanners"),
        ("The Dice score rises by {n} points on lesions smaller than a centimetre.",
         "Radiologists preferred our contours on {setting} in a blinded reading.",
         "Anatomical consistency is enforced between adjacent slices of {setting}.",
         "Sensitivity at fixed specificity improves for {topic} across four hospitals."),
    ),
    Subject(
        None, 6, {"cs.CV": 9, "cs.AI": 1}, "遥感影像",
        _words("remote sensing change detection|land cover mapping|hyperspectral unmixing"
               "|building footprint extraction|satellite image super-resolution|crop yield mapping"),
        _words("multi-temporal encoders|spectral attention|weakly labelled pretraining"
               "|SAR-optical fusion|geospatial contrastive learning"),
        _words("cloud cover|seasonal variation|misregistered tiles|coarse labels"),
        _words("Sentinel-like imagery|aerial orthophotos|coastal scenes|alpine glaciers"
               "|urban districts"),
        ("Overall accuracy on {setting} gains {n} points in spite of {trouble}.",
         "Spectral bands beyond the visible carry most of the signal for {topic}.",
         "Tiles are sampled so that no region is in both training and test.",
         "Maps of {setting} are produced at ten metre resolution."),
    ),
    Subject(
        None, 5, {"cs.RO": 10}, "机器人抓取",
        _words("robotic grasping|dexterous in-hand manipulation|bin picking"
               "|deformable object handling|tactile servoing|bimanual assembly"),
        _words("contact-rich simulation|tactile feedback policies|diffusion policies"
               "|grasp affordance fields|demonstration augmentation"),
        _words("slippage|sim-to-real gaps|transparent objects|sensor latency"),
        _words("cluttered bins|a parallel-jaw gripper|a four-finger hand|kitchen objects"
               "|cable routing"),
        ("On a real arm, {n} of 100 grasps succeed without any fine-tuning.",
         "Tactile images reveal slip some 40 milliseconds before the object moves.",
         "Force limits are respected throughout, beyond what {method} alone could promise.",
         "Grasp quality in {setting} is predicted from one depth image."),
    ),
    Subject(
        None, 5, {"cs.RO": 7, "cs.CV": 3}, "自动驾驶",
        _words("autonomous driving perception|trajectory prediction|lidar odometry"
               "|occupancy forecasting|lane topology estimation|closed-loop driving simulation"),
        _words("bird's-eye-view transformers|sparse query fusion|motion tokens|map-free planners"
               "|cooperative perception"),
        _words("rare weather|occluded pedestrians|calibration drift"
               "|distribution shift between cities"),
        _words("urban intersections|highway merges|night scenes|surround-view cameras|roadside lidar"),
        ("Collision rate in closed loop falls by {n} percent at the same comfort.",
         "The planner reacts to occluded agents in {setting} before they appear.",
         "Camera and lidar features are aligned in one bird's-eye-view grid.",
         "Displacement errors at five seconds shrink most for {setting}."),
    ),
    Subject(
        None, 5, {"cs.LG": 8, "cs.AI": 2}, "交通预测",
        _words("traffic forecasting|urban flow imputation|travel time estimation"
               "|demand prediction for bike sharing|energy load forecasting"),
        _words("spatio-temporal graph convolutions|frequency-domain mixers"
               "|adaptive adjacency learning|seasonal decomposition|probabilistic state spaces"),
        _words("missing sensors|non-stationarity|holiday effects|spatial heterogeneity"),
        _words("metropolitan road networks|loop detectors|hourly electricity records|subway stations"),
        ("Mean absolute error an hour ahead falls by {n} percent on {setting}.",
         "Neighbouring sensors are weighted by learned travel delay, not by distance.",
         "Time series are normalised per station, which alone removes much of {trouble}.",
         "Forecast intervals stay calibrated through {trouble}."),
    ),
    Subject(
        None, 4, {"cs.LG": 4, "cs.AI": 6}, "推荐系统",
        _words("recommender systems|sequential recommendation|click-through rate prediction"
               "|cold-start users|playlist continuation"),
        _words("two-tower retrieval|counterfactual ranking|semantic item identifiers"
               "|graph collaborative filtering|session-aware attention"),
        _words("popularity bias|position bias|delayed feedback|filter bubbles"),
        _words("news feeds|online shops|short-video platforms|library catalogues"),
        ("Recall at twenty rises by {n} percent, with most of the gain among rare items.",
         "Exposure logs are reweighted so that training no longer follows {trouble}.",
         "User histories from {setting} are compressed into a few interest vectors.",
         "Click models disagree with satisfaction surveys in {setting}."),
    ),
    Subject(
        None, 4, {"cs.LG": 5, "cs.AI": 3}, "语音处理",
        _words("speech recognition|speech enhancement|speaker diarization|expressive text-to-speech"
               "|keyword spotting"),
        _words("conformer encoders|neural codecs|self-supervised acoustic units|prosody transfer"
               "|streaming transducers"),
        _words("reverberation|overlapping talkers|accented speech|background babble"),
        _words("far-field microphones|call-centre recordings|children's speech|hearing aids"),
        ("Word error rate falls from 1{n} to 9 percent on {setting}.",
         "Acoustic units learned without transcripts suffice for {topic}.",
         "Listeners rated naturalness above the vocoder baseline in {setting}.",
         "Phonetic content and speaker identity separate cleanly despite {trouble}."),
    ),
    Subject(
        None, 5, {"cs.LG": 9, "cs.AI": 1}, "分子与图学习",
        _words("molecular property prediction|protein-ligand docking|crystal structure generation"
               "|graph node classification|retrosynthesis planning"),
        _words("equivariant message passing|graph transformers|flow matching on manifolds"
               "|substructure vocabularies|active learning of assays"),
        _words("over-smoothing|scarce assays|conformer ambiguity|heterophily"),
        _words("drug-like molecules|metal-organic frameworks|citation graphs|enzyme families"),
        ("Rotations and reflections of {setting} leave the prediction unchanged by construction.",
         "Binding affinities correlate at 0.7{n} with the measured assays.",
         "Generated molecules are valid, novel and synthesizable by a rule-based check.",
         "Message passing over longer paths is what {topic} lacked."),
    ),
    Subject(
        None, 4, {"cs.LG": 8, "cs.AI": 2}, "联邦学习",
        _words("federated learning|private aggregation|split learning|decentralized personalization"),
        _words("clustered averaging|secure sketches|client drift correction"
               "|differentially private noise"),
        _words("non-identical clients|stragglers|byzantine updates|communication budgets"),
        _words("wearable devices|hospital silos|intermittent phones|vehicular networks"),
        ("Rounds to a target accuracy fall by {n} percent with half of the clients absent.",
         "The server never sees an update of {setting} in the clear.",
         "Personal heads stay on the device, and only shared layers travel.",
         "Privacy loss is accounted per client under {trouble}."),
    ),
    Subject(
        None, 5, {"cs.CV": 10}, "三维重建",
        _words("3D scene reconstruction|novel view synthesis|human avatar capture"
               "|camera pose estimation|point cloud completion|texture synthesis"),
        _words("Gaussian splatting|signed distance fields|epipolar attention"
               "|multi-view stereo priors|neural surface rendering"),
        _words("sparse views|specular surfaces|dynamic occluders|unknown exposure"),
        _words("handheld phone captures|indoor rooms|street scenes|moving people|museum objects"),
        ("Peak signal-to-noise ratio gains {n} tenths of a decibel on {setting}.",
         "Primitives are pruned by their contribution to any view, so models stay small.",
         "Surfaces stay watertight where {trouble} used to tear them.",
         "Rendering {setting} runs at interactive rates in a browser."),
    ),
    Subject(
        None, 3, {"cs.RO": 9, "cs.LG": 1}, "足式机器人",
        _words("legged locomotion|humanoid balance control|drone racing|underwater navigation"
               "|multi-robot exploration"),
        _words("privileged teacher policies|model predictive control|terrain curricula"
               "|central pattern generators|reinforcement learning in simulation"),
        _words("actuator delay|slippery ground|battery limits|lost localization"),
        _words("stairs and rubble|a small quadruped|forest trails|narrow pipes|windy outdoor flights"),
        ("The robot crossed {n} hundred metres of {setting} without a fall.",
         "Torque limits are part of the observation, so the policy saves energy.",
         "Foot placement is planned from a local elevation map at 50 hertz.",
         "Policies trained with {method} transfer to hardware without tuning."),
    ),
)  # fmt: skip
