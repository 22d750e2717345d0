#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "training/world/catalogue.h"

namespace clipguide::world {
namespace {

using namespace std::string_view_literals;

/// Parts of CLDR names that mark what is left out: signs rather than pictures, and near-duplicates
/// that a caption could not tell apart at 64 px.
constexpr std::array kLeftOutParts = {
    "button"sv, "arrow"sv, "skin tone"sv, "o'clock"sv, "-thirty"sv, "input "sv, " square"sv,
    " circle"sv, "large orange diamond"sv, "blue diamond"sv, "small orange diamond"sv,
    "red triangle"sv, "curly loop"sv, "quarter moon"sv, "gibbous"sv, "waxing"sv, "waning"sv,
    "backhand index"sv, "volume"sv, "suspension"sv, "mailbox with lowered"sv};

constexpr std::array kLeftOutNames = {
    "double exclamation mark"sv, "exclamation question mark"sv, "trade mark"sv, "information"sv,
    "circled M"sv, "check box with check"sv, "female sign"sv, "male sign"sv, "wavy dash"sv,
    "part alternation mark"sv, "hollow red circle"sv, "eight-spoked asterisk"sv,
    "eight-pointed star"sv, "sparkle"sv, "diamond with a dot"sv, "red hair"sv, "curly hair"sv,
    "bald"sv, "white hair"sv, "no one under eighteen"sv, "transgender symbol"sv, "medical symbol"sv,
    "hourglass not done"sv, "snowman without snow"sv, "minus"sv, "heavy equals sign"sv,
    "currency exchange"sv, "heavy dollar sign"sv, "white flower"sv, "vibration mode"sv,
    "mobile phone off"sv, "antenna bars"sv, "no mobile phones"sv, "ZZZ"sv, "anger symbol"sv,
    "dizzy"sv, "Japanese symbol for beginner"sv, "dotted six-pointed star"sv, "men's room"sv,
    "women's room"sv, "restroom"sv, "water closet"sv, "passport control"sv, "customs"sv,
    "baggage claim"sv, "left luggage"sv, "litter in bin sign"sv, "non-potable water"sv,
    "potable water"sv, "no littering"sv, "no pedestrians"sv, "no bicycles"sv, "ATM sign"sv,
    "place of worship"sv, "heart decoration"sv, "part"sv, "selfie"sv, "left-facing fist"sv,
    "right-facing fist"sv, "mobile phone with arrow"sv, "small airplane"sv, "envelope with arrow"sv,
    "unlocked"sv, "locked with pen"sv, "locked with key"sv, "level slider"sv, "control knobs"sv,
    "name badge"sv, "bell with slash"sv, "muted speaker"sv, "oncoming police car"sv,
    "deaf person"sv, "person pouting"sv, "card index dividers"sv, "bookmark tabs"sv,
    "red square"sv, "person: beard"sv, "person: blond hair"sv, "magnifying glass tilted right"sv,
    "dotted line face"sv, "palm down hand"sv, "palm up hand"sv, "rightwards hand"sv,
    "leftwards hand"sv, "moon viewing ceremony"sv, "part alternation"sv, "speech bubble"sv,
    "right anger bubble"sv, "oncoming fist"sv, "raised back of hand"sv, "label"sv,
    "empty nest"sv, "new moon"sv, "new moon face"sv, "heart suit"sv, "gender"sv};

/// CLDR's name, then how people say it: the class first, after ';' other words for it. Several
/// pictures may share a class.
constexpr std::pair<std::string_view, std::string_view> kEveryday[] = {
    {"hourglass done", "hourglass"}, {"timer clock", "timer"},
    {"alarm clock", "alarm clock;clock"}, {"mantelpiece clock", "clock"},
    {"umbrella with rain drops", "umbrella"}, {"umbrella on ground", "beach umbrella;parasol"},
    {"closed umbrella", "closed umbrella"}, {"hot beverage", "cup of coffee;coffee;cup of tea;cup"},
    {"shamrock", "shamrock;clover"}, {"four leaf clover", "four leaf clover;clover"},
    {"skull and crossbones", "skull and crossbones"}, {"peace symbol", "peace sign"},
    {"spade suit", "spade"}, {"club suit", "club suit"},
    {"diamond suit", "diamond suit"}, {"balance scale", "scale;balance"},
    {"high voltage", "lightning bolt;lightning"}, {"soccer ball", "soccer ball;football;ball"},
    {"funeral urn", "urn"}, {"sun behind cloud", "sun behind a cloud"},
    {"sun behind small cloud", "sun behind a cloud"}, {"sun behind large cloud", "sun behind a cloud"},
    {"sun behind rain cloud", "sun behind a rain cloud"}, {"cloud with lightning and rain", "thunderstorm;storm"},
    {"cloud with lightning", "cloud with lightning;thunderstorm"}, {"cloud with rain", "rain cloud"},
    {"cloud with snow", "snow cloud"}, {"pick", "pickaxe"}, {"rescue worker's helmet", "rescue helmet;helmet"},
    {"no entry", "no entry sign"}, {"flag in hole", "golf flag"}, {"skier", "skier;person skiing"},
    {"person bouncing ball", "basketball player"}, {"fuel pump", "gas pump;petrol pump"},
    {"envelope", "envelope;letter"}, {"raised hand", "hand;palm"}, {"victory hand", "victory sign;peace hand"},
    {"airplane", "airplane;plane;aeroplane"}, {"airplane departure", "airplane taking off"},
    {"airplane arrival", "airplane landing"}, {"black nib", "pen nib"}, {"multiply", "multiplication sign"},
    {"plus", "plus sign"}, {"divide", "division sign"}, {"red question mark", "red question mark"},
    {"white question mark", "white question mark"}, {"white exclamation mark", "white exclamation mark"},
    {"red exclamation mark", "red exclamation mark"}, {"mahjong red dragon", "mahjong tile"},
    {"joker", "joker card;playing card"}, {"cyclone", "cyclone;swirl;spiral"}, {"foggy", "foggy city"},
    {"sunrise over mountains", "sunrise over mountains"}, {"cityscape at dusk", "city at dusk"},
    {"water wave", "wave"}, {"night with stars", "city at night"}, {"milky way", "milky way;galaxy"},
    {"globe showing Europe-Africa", "globe;earth;planet earth;world"},
    {"globe showing Americas", "globe;earth;planet earth;world"},
    {"globe showing Asia-Australia", "globe;earth;planet earth;world"},
    {"globe with meridians", "wire globe"}, {"full moon", "full moon;moon"},
    {"crescent moon", "crescent moon;moon"}, {"full moon face", "moon with a face"},
    {"sun with face", "sun with a face"}, {"glowing star", "glowing star;star"},
    {"star", "star"}, {"evergreen tree", "pine tree;fir tree;evergreen tree;tree"},
    {"deciduous tree", "tree"}, {"palm tree", "palm tree;palm"}, {"hot pepper", "chili pepper;hot pepper;chili"},
    {"cherry blossom", "cherry blossom"}, {"blossom", "yellow flower;daisy"}, {"ear of corn", "corn;ear of corn;maize"},
    {"sheaf of rice", "rice plant"}, {"eggplant", "eggplant;aubergine"}, {"tangerine", "orange;tangerine"},
    {"hamburger", "hamburger;burger"}, {"pizza", "pizza;slice of pizza"}, {"poultry leg", "chicken leg;drumstick"},
    {"meat on bone", "meat on a bone;meat"}, {"cooked rice", "bowl of rice;rice"},
    {"curry rice", "curry;plate of curry"}, {"steaming bowl", "bowl of noodles;noodle soup;ramen;soup"},
    {"spaghetti", "spaghetti;pasta;plate of spaghetti"}, {"french fries", "french fries;fries;chips"},
    {"fish cake with swirl", "fish cake"}, {"soft ice cream", "ice cream cone;ice cream"},
    {"ice cream", "bowl of ice cream;ice cream"}, {"doughnut", "doughnut;donut"}, {"chocolate bar", "chocolate bar;chocolate"},
    {"candy", "candy;sweet"}, {"custard", "pudding;custard"}, {"honey pot", "honey pot;pot of honey;honey"},
    {"shortcake", "slice of cake;piece of cake;strawberry cake;cake"}, {"birthday cake", "birthday cake;cake"},
    {"pot of food", "stew;pot of food"}, {"cooking", "fried egg;egg in a pan;frying pan"},
    {"teacup without handle", "cup of green tea;green tea;teacup;tea"}, {"sake", "bottle of sake"}, {"wine glass", "glass of wine;wine glass;wine"},
    {"cocktail glass", "cocktail;martini"}, {"tropical drink", "tropical drink;cocktail"},
    {"beer mug", "mug of beer;beer;glass of beer"}, {"clinking beer mugs", "two beers;clinking beer mugs"},
    {"fork and knife with plate", "plate with fork and knife;plate"}, {"bottle with popping cork", "bottle of champagne;champagne;bottle"},
    {"wrapped gift", "gift;present;gift box"}, {"jack-o-lantern", "jack-o-lantern;halloween pumpkin;pumpkin"},
    {"Christmas tree", "christmas tree"}, {"Santa Claus", "santa claus;santa"}, {"party popper", "party popper;confetti"},
    {"pine decoration", "bamboo decoration"}, {"tanabata tree", "wish tree"}, {"graduation cap", "graduation cap"},
    {"military medal", "military medal;medal"}, {"reminder ribbon", "awareness ribbon"}, {"film frames", "film strip"},
    {"movie camera", "movie camera;film camera"}, {"headphone", "headphones;pair of headphones"},
    {"artist palette", "palette;paint palette"}, {"top hat", "top hat;hat"}, {"circus tent", "circus tent"},
    {"performing arts", "theater masks;masks"}, {"video game", "game controller;video game;gamepad"},
    {"bullseye", "target;bullseye;dartboard"}, {"pool 8 ball", "eight ball;billiard ball"}, {"game die", "dice;die"},
    {"flower playing cards", "flower cards"}, {"musical keyboard", "piano;piano keys;musical keyboard"},
    {"musical note", "musical note;note"}, {"musical score", "sheet music"}, {"tennis", "tennis racket;tennis ball"},
    {"chequered flag", "checkered flag;racing flag"}, {"person running", "runner;person running"},
    {"person surfing", "surfer;person surfing"}, {"sports medal", "medal;sports medal"}, {"trophy", "trophy;cup"},
    {"horse racing", "horse race;jockey"}, {"person swimming", "swimmer;person swimming"},
    {"person lifting weights", "weightlifter;person lifting weights"}, {"person golfing", "golfer;person golfing"},
    {"motorcycle", "motorcycle;motorbike"}, {"racing car", "racing car;race car"}, {"cricket game", "cricket bat"},
    {"ping pong", "table tennis paddle;ping pong"}, {"snow-capped mountain", "snowy mountain;mountain"},
    {"camping", "tent in the woods;camping"}, {"building construction", "construction crane"},
    {"cityscape", "city;cityscape"}, {"derelict house", "old house;abandoned house"}, {"classical building", "temple with columns;classical building"},
    {"desert island", "island;desert island"}, {"house with garden", "house with a garden;house"},
    {"office building", "office building;building"}, {"Japanese post office", "japanese post office"},
    {"Japanese castle", "japanese castle"}, {"Japanese dolls", "japanese dolls"}, {"convenience store", "convenience store;shop"},
    {"red paper lantern", "red paper lantern"}, {"ox", "ox"}, {"spiral shell", "seashell;shell"},
    {"bug", "caterpillar;bug"}, {"honeybee", "bee;honeybee"}, {"lady beetle", "ladybug;ladybird"},
    {"front-facing baby chick", "chick;baby chick"}, {"baby chick", "chick;baby chick"}, {"hatching chick", "hatching chick"},
    {"two-hump camel", "camel"}, {"mouse face", "mouse face;face of a mouse;mouse"}, {"cow face", "cow face;face of a cow;cow"},
    {"tiger face", "tiger face;face of a tiger;tiger"}, {"rabbit face", "rabbit face;face of a rabbit;bunny;rabbit"},
    {"cat face", "cat face;face of a cat;cat"}, {"dragon face", "dragon face;face of a dragon;dragon"},
    {"spouting whale", "whale"}, {"horse face", "horse face;face of a horse;horse"}, {"monkey face", "monkey face;face of a monkey;monkey"},
    {"dog face", "dog face;face of a dog;puppy;dog"}, {"pig face", "pig face;face of a pig;pig"}, {"frog", "frog"},
    {"rabbit", "rabbit;bunny"}, {"cat", "cat;kitty"}, {"dog", "dog"}, {"paw prints", "paw prints"},
    {"eye", "eye"}, {"waving hand", "waving hand"}, {"OK hand", "ok hand sign"}, {"thumbs up", "thumbs up"},
    {"flexed biceps", "strong arm;muscle;biceps"}, {"woman's hat", "sun hat;hat"}, {"necktie", "tie;necktie"}, {"t-shirt", "t-shirt;shirt"},
    {"woman's clothes", "blouse"}, {"clutch bag", "clutch bag;bag"}, {"handbag", "handbag;bag"}, {"purse", "purse"},
    {"man's shoe", "shoe;leather shoe"}, {"running shoe", "sneaker;running shoe;trainer"}, {"high-heeled shoe", "high heel;high-heeled shoe"},
    {"woman's sandal", "sandal"}, {"woman's boot", "boot"}, {"bust in silhouette", "silhouette of a person"},
    {"busts in silhouette", "silhouettes of people"}, {"woman and man holding hands", "couple holding hands"},
    {"police officer", "police officer;policeman"}, {"old man", "old man;grandfather;grandpa"}, {"old woman", "old woman;grandmother;grandma"},
    {"baby angel", "angel"}, {"alien monster", "pixel monster;space invader"}, {"angry face with horns", "angry devil"},
    {"smiling face with horns", "devil;smiling devil"}, {"person tipping hand", "person tipping hand"},
    {"woman dancing", "dancing woman;dancer"}, {"man dancing", "dancing man"}, {"person getting massage", "massage"},
    {"person getting haircut", "haircut"}, {"kiss mark", "lips;kiss mark"}, {"ring", "diamond ring;wedding ring"},
    {"gem stone", "gem;diamond;jewel"}, {"bouquet", "bouquet of flowers;flowers"}, {"collision", "explosion;bang"},
    {"sweat droplets", "drops of water;splash"}, {"droplet", "drop of water;water drop"}, {"dashing away", "puff of smoke;dash"},
    {"pile of poo", "poo;poop;pile of poo"}, {"hundred points", "hundred points"}, {"money bag", "money bag;bag of money"},
    {"dollar banknote", "dollar bill;money;banknote"}, {"euro banknote", "euro note"}, {"yen banknote", "yen note"},
    {"pound banknote", "pound note"}, {"computer disk", "minidisc"}, {"optical disk", "compact disc;cd"},
    {"file folder", "folder;file folder"}, {"tear-off calendar", "calendar"}, {"spiral calendar", "calendar"},
    {"page facing up", "document;sheet of paper;page"}, {"page with curl", "page with a curl"},
    {"notebook with decorative cover", "notebook"}, {"closed book", "book;closed book"}, {"open book", "open book;book"},
    {"memo", "memo;note and pencil"}, {"telephone receiver", "telephone receiver"}, {"satellite antenna", "satellite dish;antenna"},
    {"package", "package;box;parcel;cardboard box"}, {"incoming envelope", "flying envelope"},
    {"closed mailbox with raised flag", "mailbox"}, {"open mailbox with raised flag", "open mailbox"},
    {"mobile phone", "mobile phone;phone;smartphone;cell phone"}, {"television", "television;tv"},
    {"magnifying glass tilted left", "magnifying glass"}, {"locked", "padlock;lock"}, {"link", "chain link"},
    {"fire", "fire;flame"}, {"flashlight", "flashlight;torch"}, {"kitchen knife", "knife;kitchen knife"}, {"water pistol", "water gun;water pistol"},
    {"trident emblem", "trident"}, {"om", "om sign"}, {"dove", "dove;white dove;peace dove"}, {"spider web", "spider web;cobweb"},
    {"person in suit levitating", "man in a suit"}, {"linked paperclips", "paperclips"}, {"hand with fingers splayed", "open hand"},
    {"desktop computer", "computer;desktop computer;monitor"}, {"laptop", "laptop;laptop computer;computer"}, {"framed picture", "painting;picture frame;framed picture"},
    {"wastebasket", "trash can;wastebasket;bin"}, {"rolled-up newspaper", "rolled newspaper"}, {"left speech bubble", "speech bubble"},
    {"speech balloon", "speech bubble"}, {"thought balloon", "thought bubble"}, {"ballot box with ballot", "ballot box"},
    {"mount fuji", "mount fuji;volcano with snow"}, {"Tokyo tower", "tokyo tower;tower"}, {"Statue of Liberty", "statue of liberty;statue"}, {"map of Japan", "map of japan"},
    {"moai", "moai;stone head;easter island statue"}, {"grinning face", "grinning face;happy face;smiley"}, {"slightly smiling face", "smiling face;smiley;happy face"},
    {"face with tears of joy", "face with tears of joy;laughing face"}, {"smiling face with heart-eyes", "face with heart eyes;face in love"},
    {"smiling face with sunglasses", "cool face;face with sunglasses"}, {"loudly crying face", "loudly crying face;crying face"},
    {"crying face", "crying face;sad face"}, {"disappointed face", "disappointed face;sad face"}, {"frowning face", "frowning face;sad face"},
    {"angry face", "angry face"}, {"enraged face", "red angry face;furious face"}, {"face savoring food", "yummy face;face licking its lips"},
    {"smiling face with halo", "angel face;face with a halo"}, {"face blowing a kiss", "face blowing a kiss"},
    {"face with medical mask", "face with a mask"}, {"face with tongue", "face with tongue out"}, {"sleeping face", "sleeping face"},
    {"face screaming in fear", "screaming face"}, {"exploding head", "exploding head"}, {"rolling on the floor laughing", "face rolling with laughter"},
    {"locomotive", "steam train;steam locomotive;locomotive;train"}, {"railway car", "railway car;train car"}, {"high-speed train", "high-speed train;bullet train"},
    {"bullet train", "bullet train"}, {"tram car", "tram"}, {"oncoming bus", "bus"}, {"oncoming taxi", "taxi;cab"}, {"taxi", "taxi;cab"},
    {"fire engine", "fire truck;fire engine"}, {"automobile", "car;automobile"}, {"oncoming automobile", "car;automobile"},
    {"sport utility vehicle", "suv;blue car"}, {"delivery truck", "truck;delivery truck;lorry"}, {"articulated lorry", "semi truck;lorry;truck"},
    {"mountain cableway", "cable car;gondola"}, {"aerial tramway", "aerial tramway"}, {"person rowing boat", "person rowing a boat;rowing boat"},
    {"speedboat", "speedboat;boat"}, {"sailboat", "sailboat;sailing boat;boat"}, {"motor boat", "motorboat;boat"}, {"passenger ship", "cruise ship;ship"}, {"ship", "ship;boat"},
    {"horizontal traffic light", "horizontal traffic light"}, {"vertical traffic light", "traffic light"}, {"construction", "road barrier"},
    {"police car light", "siren;police light"}, {"triangular flag", "triangular flag;flag"}, {"white flag", "white flag"}, {"black flag", "black flag"},
    {"prohibited", "prohibition sign"}, {"bicycle", "bicycle;bike"}, {"person biking", "cyclist;person on a bicycle"}, {"person mountain biking", "mountain biker"},
    {"person walking", "person walking;pedestrian"}, {"person taking bath", "person in a bathtub"}, {"couch and lamp", "couch with a lamp;couch;sofa"},
    {"person in bed", "person in bed"}, {"bellhop bell", "service bell"}, {"hut", "hut"}, {"playground slide", "slide"}, {"ring buoy", "life ring;lifebuoy"},
    {"oil drum", "oil barrel;barrel"}, {"motorway", "highway;road;motorway"}, {"railway track", "railroad tracks"}, {"kick scooter", "kick scooter;scooter"},
    {"motor scooter", "motor scooter;vespa"}, {"flying saucer", "ufo;flying saucer"}, {"auto rickshaw", "auto rickshaw;tuk-tuk"},
    {"robot", "robot;robot face"}, {"cowboy hat face", "cowboy;face with a cowboy hat"}, {"clown face", "clown;clown face"}, {"Mrs. Claus", "mrs. claus"},
    {"money-mouth face", "money face"}, {"face with thermometer", "sick face;face with a thermometer"}, {"hamsa", "hamsa hand"},
    {"1st place medal", "gold medal"}, {"2nd place medal", "silver medal"}, {"3rd place medal", "bronze medal"}, {"flying disc", "frisbee"},
    {"goal net", "goal;goal net"}, {"baguette bread", "baguette"}, {"green salad", "salad;green salad"}, {"shallow pan of food", "paella"},
    {"stuffed flatbread", "kebab;stuffed flatbread"}, {"glass of milk", "glass of milk;milk"}, {"kiwi fruit", "kiwi;kiwi fruit"},
    {"pancakes", "pancakes;stack of pancakes"}, {"cup with straw", "soda;cup with a straw"}, {"cut of meat", "steak"}, {"canned food", "can of food;can"},
    {"leafy green", "lettuce;cabbage"}, {"moon cake", "moon cake"}, {"mate", "mate tea"}, {"ice", "ice cube;ice"}, {"T-Rex", "tyrannosaurus;t-rex;dinosaur"},
    {"sauropod", "brontosaurus;long-necked dinosaur;dinosaur"}, {"cricket", "cricket insect;grasshopper"}, {"rhinoceros", "rhinoceros;rhino"},
    {"hippopotamus", "hippopotamus;hippo"}, {"orangutan", "orangutan"}, {"guide dog", "guide dog"}, {"white cane", "white cane"},
    {"cheese wedge", "cheese;piece of cheese"}, {"salt", "salt shaker;salt"}, {"beverage box", "juice box"}, {"bubble tea", "bubble tea"},
    {"person in lotus position", "person meditating;meditation"}, {"mage", "wizard;mage;magician"}, {"merperson", "mermaid;merman"},
    {"person in steamy room", "person in a sauna"}, {"billed cap", "cap;baseball cap"}, {"red envelope", "red envelope"}, {"puzzle piece", "puzzle piece;jigsaw piece"},
    {"dna", "dna;double helix"}, {"roll of paper", "toilet paper;roll of paper"}, {"lotion bottle", "bottle of lotion"}, {"thread", "spool of thread;thread"},
    {"yarn", "ball of yarn;yarn"}, {"nazar amulet", "evil eye amulet"}, {"one-piece swimsuit", "swimsuit"}, {"briefs", "underpants"},
    {"thong sandal", "flip-flop"}, {"drop of blood", "drop of blood;blood"}, {"adhesive bandage", "bandage;plaster"}, {"nesting dolls", "matryoshka doll;nesting dolls"},
    {"ringed planet", "saturn;ringed planet;planet"}, {"razor", "razor"}, {"diya lamp", "oil lamp"}, {"military helmet", "military helmet;helmet"},
    {"long drum", "bongo drum"}, {"carpentry saw", "saw"}, {"headstone", "gravestone;tombstone"}, {"mirror ball", "disco ball;mirror ball"},
    {"worm", "worm"}, {"potted plant", "potted plant;plant;houseplant"}, {"seedling", "seedling;plant;sprout"}, {"herb", "herb;green leaves"},
    {"fallen leaf", "autumn leaves;fallen leaf;brown leaf"}, {"leaf fluttering in wind", "green leaf;leaf"}, {"maple leaf", "maple leaf"}, {"lotus", "lotus;lotus flower"},
    {"nest with eggs", "nest with eggs;nest"}, {"anatomical heart", "human heart"}, {"hibiscus", "hibiscus;pink flower"}, {"rose", "rose;red rose"},
    {"tulip", "tulip"}, {"flatbread", "flatbread"}, {"pouring liquid", "pouring milk"}, {"beans", "beans"}, {"bell pepper", "bell pepper;green pepper"},
    {"heart hands", "heart hands"}, {"piñata", "pinata;piñata"}, {"radioactive", "radioactive sign"}, {"biohazard", "biohazard sign"}, {"warning", "warning sign"}, {"crab", "crab"}, {"turtle", "turtle;tortoise"}, {"bear", "bear;bear face"}, {"panda", "panda;panda face"}, {"koala", "koala;koala face"},
    {"wolf", "wolf;wolf face"}, {"fox", "fox;fox face"}, {"lion", "lion;lion face"}, {"hamster", "hamster;hamster face"}, {"unicorn", "unicorn"}, {"rooster", "rooster"},
    {"chicken", "chicken;hen"}, {"ewe", "sheep;ewe"}, {"ram", "ram"}, {"rat", "rat"}, {"pool", "pool"}, {"light bulb", "light bulb;lamp"}, {"key", "key"}, {"old key", "old key;key"},
    {"sun", "sun"}, {"closed mailbox with lowered flag", "mailbox"}, {"diamond", "diamond"}, {"stop sign", "stop sign"}, {"red apple", "red apple"}, {"green apple", "green apple"},
    {"ice hockey", "hockey stick;ice hockey"}, {"field hockey", "field hockey stick"}, {"lacrosse", "lacrosse stick"}, {"badminton", "badminton racket;shuttlecock"},
    {"boxing glove", "boxing glove"}, {"bowling", "bowling pins;bowling"}, {"ferris wheel", "ferris wheel"}, {"martial arts uniform", "karate uniform"}, {"skis", "ski;skis"}};

}  // namespace

std::vector<std::string> everyday_names(const std::string& cldr_name) {
  static const std::map<std::string_view, std::string_view> kTable(std::begin(kEveryday), std::end(kEveryday));
  std::string_view text = cldr_name;
  if (const auto entry = kTable.find(text); entry != kTable.end()) {
    text = entry->second;
  } else {
    const bool part = std::any_of(kLeftOutParts.begin(), kLeftOutParts.end(), [&](std::string_view p) {
      return text.find(p) != std::string_view::npos;
    });
    const bool whole = std::find(kLeftOutNames.begin(), kLeftOutNames.end(), text) != kLeftOutNames.end();
    if (part || whole) return {};
  }
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    names.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

}  // namespace clipguide::world
